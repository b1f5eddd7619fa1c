"""Mach-O objects and images, universal files."""
from .core import C, FORMATS, MACHO_RELOCS, Chunk, File, Strings, Take, Word, fail, inner_file


class MachO(File):
    """macho32|macho64 [be] [cpu=X86_64] [type=OBJECT] [mach_header fields]"""
    prefixes = ('CPU_', 'MH_', 'LC_', 'N_') + MACHO_RELOCS
    WELL_KNOWN = {'__text': 0x80000400, '__cstring': 2, '__bss': 1, '__common': 1, '__literal8': 4,
                  '__mod_init_func': 9, '__debug': 0x02000000, '__thread_bss': 0x12, '__thread_vars': 0x13,
                  '__stubs': 0x80000408, '__got': 6, '__la_symbol_ptr': 7}
    ZEROFILL = (1, 12, 18)

    def __init__(self, node, nodes):
        super().__init__(node, nodes)
        self.wide = node.words[0] == 'macho64'
        self.w = 8 if self.wide else 4
        self.byteorder = 'big' if 'be' in node.plain() else 'little'
        t = Take(node)
        self.cpu = self.now(t.get('cpu', 'X86_64' if self.wide else 'X86'), node.line, 'CPU_')
        self.type = self.now(t.get('type', 'OBJECT'), node.line, 'MH_')
        self.hdr, self.segs, self.cmds, self.syms, self.n_sections = t.k, [], [], [], 0
        self.strs, self.sections = Strings(b'\0'), []
        self.base = 0 if self.type == 1 else 0x100000000 if self.wide else 0x1000

    def directive(self, n):
        f = getattr(self, 'd_' + n.words[0], None)
        if f:
            f(n)
        else:
            self.common(n)

    def new_segment(self, name, node):
        s = {'name': name, 'keys': node.keys() if node else {}, 'sections': [], 'line': node.line if node else self.line}
        self.segs.append(s)
        return s

    def d_segment(self, n):
        """segment NAME [segment_command fields]: sections that follow belong to it"""
        self.new_segment(str(n.plain()[0]) if n.plain() else '', n)

    def d_section(self, n):
        """section SEGMENT,NAME [flags=] [align=N] [section fields]"""
        t, p = Take(n), n.plain()
        seg, _, name = (str(p[0]) if p else fail(n.line, 'section SEGMENT,NAME')).partition(',')
        if not self.segs or self.type != 1 and self.segs[-1]['name'] != seg and 'name' not in self.segs[-1]['keys']:
            self.new_segment('' if self.type == 1 else seg, None)
        c = self.chunk(str(p[0]))
        self.named.setdefault(name, c)
        c.seg, c.sect, c.keys, c.line = seg, name, t.k, n.line
        f = t.get('flags')
        c.flags = self.now(f, n.line) if f is not None else next(
            (v for k, v in self.WELL_KNOWN.items() if name.startswith(k)), 0)
        c.align = self.now(t.get('align', 16 if name == '__text' else 1), n.line)
        c.relocs, c.n_relocs, c.addr = Chunk('relocs', 4), 0, None
        self.n_sections += 1
        c.idx = self.n_sections
        self.segs[-1]['sections'].append(c)
        self.sections.append(c)
        self.cur = c

    def d_reloc(self, n):
        """reloc ADDRESS TYPE SYMBOL|SECTION-NUMBER [pcrel] [length=0..3] [extern=]; or r_word0= r_word1="""
        p, k = n.plain(), n.keys()
        c = self.cur
        if c is None or c.idx is None or len(p) < 3 and 'r_word0' not in k:
            fail(n.line, 'reloc ADDRESS TYPE SYMBOL, after a section line')
        if 'r_word0' in k:
            v = {'r_word0': k['r_word0'], 'r_word1': k.get('r_word1', 0)}
        else:
            ext = k.get('extern', '0' if p[2].isdigit() else '1')
            sym = p[2] if p[2].isdigit() else f'sym({p[2]})'
            pcrel, length = int('pcrel' in p), k.get('length', '2')
            if self.byteorder == 'little':
                w1 = f'(({sym})&0xffffff)|{pcrel}<<24|({length})<<25|({ext})<<27|({p[1]})<<28'
            else:
                w1 = f'(({sym})&0xffffff)<<8|{pcrel}<<7|({length})<<5|({ext})<<4|({p[1]})'
            v = {'r_word0': p[0], 'r_word1': Word(w1)}
        self.record(c.relocs, f'reloc {c.name}[{c.n_relocs}]', 'r_word0:4 r_word1:4', v, None, n.line)
        c.n_relocs += 1

    def d_symbol(self, n):
        """symbol NAME [external] [private] [abs|indirect=NAME] [sec=SECTION] [value=] [nlist fields]"""
        t, p = Take(n), n.plain()
        name = p[0] if p else Word('')
        typ = 0
        sec = t.get('sec')
        for w in p[1:]:
            typ |= {'external': 1, 'private': 16, 'abs': 2}.get(str(w)) or fail(n.line, f'symbol: what is "{w}"?')
        ind = t.get('indirect')
        value = t.get('value', 0)
        s = {'name': name, 'line': n.line, 'keys': t.k, 'sect': 0, 'type': typ, 'value': value}
        if sec is not None:
            s['type'] |= 14
            s['sect'] = Word(f'idx({sec})') if sec in self.named else sec
            if value == 0 and sec in self.named:
                s['value'] = Word(f'va({sec})')
        elif ind is not None:
            s['type'] |= 10
            s['value'] = self.strs.add(ind)
        self.symnames.setdefault(str(name), len(self.syms))
        self.syms.append(s)
        if s['type'] & 1 and (s['type'] & 14 or value):
            self.defined.append(str(name))

    def command(self, n, cmd, fields, values, tail=None):
        """a load command: its fields, then bytes of the current chunk (raw lines or a name)"""
        c = Chunk(f'command[{len(self.cmds)}]')
        c.cmd, c.fields, c.values, c.keys, c.line, c.tail = cmd, fields, values, n.keys(), n.line, Chunk('tail')
        if tail is not None:
            c.tail.raw(tail.encode('latin-1') + b'\0')
        self.cmds.append(c)
        return c

    def d_command(self, n):
        """command CMD [cmdsize=]: the contents that follow are its payload"""
        p = n.plain()
        self.cur = self.command(n, p[0] if p else fail(n.line, 'command CMD'), '', {}).tail

    def d_dylib(self, n):
        """dylib LOAD|ID|WEAK|REEXPORT|LAZY|UPWARD NAME [timestamp= current_version= compatibility_version=]"""
        kinds = {'LOAD': 0xc, 'ID': 0xd, 'WEAK': 0x80000018, 'REEXPORT': 0x8000001f, 'LAZY': 0x20, 'UPWARD': 0x80000023}
        p = n.plain()
        if len(p) < 2 or p[0] not in kinds:
            fail(n.line, f'dylib {"|".join(kinds)} NAME')
        self.command(n, kinds[p[0]], 'name:4 timestamp:4 current_version:4 compatibility_version:4',
                     {'name': 24, 'timestamp': 2, 'current_version': 0x10000, 'compatibility_version': 0x10000}, p[1])

    def d_rpath(self, n):
        """rpath PATH"""
        self.command(n, 0x8000001c, 'path:4', {'path': 12}, n.plain()[0])

    def d_dylinker(self, n):
        """dylinker PATH"""
        self.command(n, 0xe, 'name:4', {'name': 12}, n.plain()[0])

    def d_uuid(self, n):
        """uuid HEX"""
        c = self.command(n, 0x1b, '', {})
        c.tail.raw(bytes.fromhex(n.plain()[0])[:16].ljust(16, b'\0'))

    def d_build(self, n):
        """build PLATFORM MINOS SDK"""
        p = n.plain()
        self.command(n, 0x32, 'platform:4 minos:4 sdk:4 ntools:4', dict(zip(('platform', 'minos', 'sdk'), p)))

    def d_main(self, n):
        """main ENTRYOFF"""
        self.command(n, 0x80000028, 'entryoff:8 stacksize:8', {'entryoff': n.plain()[0]})

    def d_dyldinfo(self, n):
        """dyldinfo [rebase=DATA] [bind=DATA] [weak_bind=DATA] [lazy_bind=DATA] [export=DATA]"""
        keys, v = n.keys(), {}
        for k in ('rebase', 'bind', 'weak_bind', 'lazy_bind', 'export'):
            if k in keys:
                v[k + '_off'], v[k + '_size'] = Word(f'off({keys[k]})'), Word(f'size({keys[k]})')
                n.words = [w for w in n.words if w.key != k]
        fields = ' '.join(f'{k}_off:4 {k}_size:4' for k in ('rebase', 'bind', 'weak_bind', 'lazy_bind', 'export'))
        self.command(n, 0x80000022, fields, v)

    def linkedit(self, n, cmd):
        d = n.plain()[0] if n.plain() else fail(n.line, f'{n.words[0]} DATA')
        self.command(n, cmd, 'dataoff:4 datasize:4', {'dataoff': Word(f'off({d})'), 'datasize': Word(f'size({d})')})

    def d_chainedfixups(self, n):
        """chainedfixups DATA"""
        self.linkedit(n, 0x80000034)

    def d_exporttrie(self, n):
        """exporttrie DATA"""
        self.linkedit(n, 0x80000033)

    def finish(self):
        w, h = self.w, Chunk('header')
        seg_fields = f'segname:s16 vmaddr:{w} vmsize:{w} fileoff:{w} filesize:{w} maxprot:4 initprot:4 nsects:4 flags:4'
        sect_fields = (f'sectname:s16 segname:s16 addr:{w} size:{w} offset:4 align:4 reloff:4 nreloc:4 flags:4 '
                       'reserved1:4 reserved2:4' + (' reserved3:4' if self.wide else ''))
        symtab, strings = Chunk('symtab', w), Chunk('strings')
        self.named.update({'symtab': symtab, 'strings': strings, 'header': h})
        for i, s in enumerate(self.syms):
            self.record(symtab, f'symtab[{i}]', f'n_strx:4 n_type:1 n_sect:1 n_desc:2 n_value:{w}',
                        {'n_strx': self.strs.add(s['name']) if s['name'] else 0, 'n_type': s['type'],
                         'n_sect': s['sect'], 'n_value': s['value']}, s['keys'], s['line'])
        strings.raw(bytes(self.strs.b))
        link = self.datas + ([symtab, strings] if self.syms else [])
        if self.type != 1 and link:
            seg = self.new_segment('__LINKEDIT', None)
            seg['link'] = link
        body = Chunk('commands')
        counts = self.counts()
        n_cmds = 0
        for i, s in enumerate(self.segs):
            size = (72 if self.wide else 56) + (80 if self.wide else 68) * len(s['sections'])
            self.record(body, f'segment[{i}]', 'cmd:4 cmdsize:4 ' + seg_fields,
                        {'cmd': 0x19 if self.wide else 1, 'cmdsize': size, 'segname': s['name'], 'maxprot': 7,
                         'initprot': 7, 'nsects': len(s['sections']), **{k: Word(f'{k}({i})') for k in
                                                                         ('vmaddr', 'vmsize', 'fileoff', 'filesize')}},
                        s['keys'], s['line'])
            for c in s['sections']:
                self.named[f'#{c.idx}'] = c
                self.named[f'@relocs{c.idx}'] = c.relocs
                c.size = c.len
                zero = c.flags & 0xff in self.ZEROFILL
                if zero:
                    c.items, c.len = [], 0
                c.zero = zero
                v = {'sectname': c.sect, 'segname': c.seg, 'addr': Word(f'va(#{c.idx})'), 'size': c.size,
                     'offset': 0 if zero else Word(f'off(#{c.idx})'), 'align': max(c.align, 1).bit_length() - 1,
                     'flags': c.flags}
                if c.n_relocs:
                    v.update({'reloff': Word(f'off(@relocs{c.idx})'), 'nreloc': c.n_relocs})
                self.record(body, f'section[{c.idx}]', sect_fields, v, c.keys, c.line)
            n_cmds += 1
        if self.syms:
            self.record(body, 'symtab', 'cmd:4 cmdsize:4 symoff:4 nsyms:4 stroff:4 strsize:4',
                        {'cmd': 2, 'cmdsize': 24, 'symoff': Word('off(symtab)'), 'nsyms': len(self.syms),
                         'stroff': Word('off(strings)'), 'strsize': Word('size(strings)')})
            self.record(body, 'dysymtab', 'cmd:4 cmdsize:4 ' + ' '.join(f'{x}:4' for x in (
                'ilocalsym nlocalsym iextdefsym nextdefsym iundefsym nundefsym tocoff ntoc modtaboff nmodtab '
                'extrefsymoff nextrefsyms indirectsymoff nindirectsyms extreloff nextrel locreloff nlocrel').split()),
                {'cmd': 11, 'cmdsize': 80, **counts})
            n_cmds += 2
        for c in self.cmds:
            pad = -(8 + sum(int(f.split(':')[1]) for f in c.fields.split()) + c.tail.len) % self.w
            size = 8 + sum(int(f.split(':')[1]) for f in c.fields.split()) + c.tail.len + pad
            self.record(body, c.name, 'cmd:4 cmdsize:4 ' + c.fields, {'cmd': c.cmd, 'cmdsize': size, **c.values},
                        c.keys, c.line)
            for label, at in c.tail.labels.items():
                body.labels[label] = body.len + at
            for item in c.tail.items:
                body.items.append(item)
            body.len += c.tail.len
            body.raw(b'\0' * pad)
            n_cmds += 1
        self.named['commands'] = body
        self.record(h, 'header', 'magic:4 cputype:4 cpusubtype:4 filetype:4 ncmds:4 sizeofcmds:4 flags:4'
                    + (' reserved:4' if self.wide else ''),
                    {'magic': 0xfeedfacf if self.wide else 0xfeedface, 'cputype': self.cpu,
                     'cpusubtype': 0 if self.cpu & 0xffffff == 12 else 3, 'filetype': self.type, 'ncmds': n_cmds,
                     'sizeofcmds': body.len, 'flags': 0x2000 if self.type == 1 else 0x85}, self.hdr, self.line)
        self.place_all(h, body, link)

    def counts(self):
        loc = sum(1 for s in self.syms if not s['type'] & 1)
        und = sum(1 for s in self.syms if s['type'] & 1 and not s['type'] & 14)
        ext = len(self.syms) - loc - und
        return {'nlocalsym': loc, 'iextdefsym': loc, 'nextdefsym': ext, 'iundefsym': loc + ext, 'nundefsym': und}

    def place_all(self, h, body, link):
        page = 0x1000 if self.type != 1 else 1
        h.off, body.off = 0, h.len
        pos = body.off + body.len
        vm, self.segpos, chunks = (0 if self.type == 1 else pos), [], [h, body]
        for i, s in enumerate(self.segs):
            if i:
                pos += -pos % page
                vm += -vm % page
            if self.type != 1:
                vm = max(vm, pos)
            fstart, vstart = (0, 0) if i == 0 and self.type != 1 else (pos, vm)
            for c in s['sections'] + s.get('link', []):
                a = max(c.align, 1)
                vm += -vm % a
                if not getattr(c, 'zero', False):
                    pos += -pos % a if self.type == 1 else vm - pos
                    c.off = pos
                    chunks.append(c)
                    pos += c.len
                c.rva = vm
                vm += c.size if c.size is not None else c.len
            self.segpos.append({'vmaddr': self.base + vstart, 'vmsize': vm - vstart + (-(vm - vstart) % page),
                                'fileoff': fstart, 'filesize': pos - fstart})
        self.chunks = chunks + [c.relocs for c in self.sections if c.n_relocs] + ([] if self.type != 1 else link)
        self.layout()

    def lookup(self, fn, name, line):
        if fn in ('vmaddr', 'vmsize', 'fileoff', 'filesize'):
            return self.segpos[int(name)][fn]
        return super().lookup(fn, name, line)


class Fat(File):
    """fat|fat64 [le] [fat_header fields]; slice [cpu=] [subtype=] [align=LOG2] [fat_arch fields] { description }"""
    byteorder = 'big'
    prefixes = ('CPU_',)

    def __init__(self, node, nodes):
        super().__init__(node, nodes)
        self.slices = []
        self.byteorder = 'little' if 'le' in node.plain() else 'big'

    def directive(self, n):
        if n.words[0] == 'slice':
            self.slices.append(n)
        else:
            self.common(n)

    def finish(self):
        h, w = Chunk('header'), 8 if self.node.words[0] == 'fat64' else 4
        self.record(h, 'header', 'magic:4 nfat_arch:4', {'magic': 0xcafebabf if w == 8 else 0xcafebabe,
                                                          'nfat_arch': len(self.slices)}, self.node.keys(), self.line)
        self.chunks = [h]
        for i, n in enumerate(self.slices):
            t = Take(n)
            data, names, inner = inner_file(n)
            self.defined += names
            cpu = self.now(t.get('cpu', getattr(inner, 'cpu', 0)), n.line, 'CPU_')
            align = self.now(t.get('align', 14 if cpu == 0x100000c else 12), n.line)
            c = self.chunk(f'slice{i}', 1 << min(align, 24))
            c.raw(data)
            self.record(h, f'slice[{i}]', f'cputype:4 cpusubtype:4 offset:{w} size:{w} align:4' + (' reserved:4' if w == 8 else ''),
                        {'cputype': cpu, 'cpusubtype': t.get('subtype', 0 if cpu & 0xffffff == 12 else 3),
                         'offset': Word(f'off(slice{i})'), 'size': len(data), 'align': align}, t.k, n.line)
            self.chunks.append(c)
        self.chunks += self.datas
        self.layout()


FORMATS.update({'macho32': MachO, 'macho64': MachO, 'fat': Fat, 'fat64': Fat})
