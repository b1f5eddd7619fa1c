"""ELF: objects, programs, libraries; symbol versions; segments."""
from .core import C, FORMATS, Chunk, File, Node, Strings, Take, Word, fail


class Elf(File):
    """elf32|elf64 [be] [machine=X86_64] [type=REL] [Ehdr fields]"""
    prefixes = ('EM_', 'ET_', 'SHT_', 'SHN_', 'STB_', 'STT_', 'STV_', 'PT_', 'DT_')
    IDENT = 'ei_mag:s4 ei_class:1 ei_data:1 ei_version:1 ei_osabi:1 ei_abiversion:1 ei_pad:s7 '
    WELL_KNOWN = {'.text': ('PROGBITS', 6, 16), '.data': ('PROGBITS', 3, 8), '.bss': ('NOBITS', 3, 8),
                  '.rodata': ('PROGBITS', 2, 8), '.init_array': ('INIT_ARRAY', 3, 8), '.dynamic': ('DYNAMIC', 3, 8),
                  '.tdata': ('PROGBITS', 0x403, 8), '.tbss': ('NOBITS', 0x403, 8), '.interp': ('PROGBITS', 2, 1)}
    FLAGS = {'W': 1, 'A': 2, 'X': 4, 'M': 0x10, 'S': 0x20, 'I': 0x40, 'L': 0x80, 'G': 0x200, 'T': 0x400,
             'C': 0x800, 'R': 0x200000, 'E': 0x80000000}

    def __init__(self, node, nodes):
        super().__init__(node, nodes)
        self.wide = node.words[0] == 'elf64'
        self.byteorder = 'big' if 'be' in node.plain() else 'little'
        self.w = 8 if self.wide else 4
        self.sections, self.syms, self.dynsyms, self.relocs, self.dyn = [], [], [], {}, []
        self.segs, self.symcur, self.needs, self.defs = None, None, {}, []
        self.strtab, self.dynstr, self.shstr = Strings(), Strings(), Strings()
        t = Take(node)
        self.machine = self.now(t.get('machine', 'X86_64'), node.line, 'EM_')
        self.type = self.now(t.get('type', 'REL'), node.line, 'ET_')
        self.hdr = t.k
        if self.type == 2:
            self.base = 0x400000
        self.use_rel = self.machine in (3, 8, 40) and not self.wide

    def directive(self, n):
        f = getattr(self, 'd_' + n.words[0], None)
        if f:
            f(n)
        else:
            self.common(n)

    def section(self, name, line, typ=None, flags=None, align=None, keys=None):
        known = next((v for k, v in self.WELL_KNOWN.items() if name == k or name.startswith(k + '.')),
                     ('PROGBITS', 0, 1))
        c = self.chunk(name)
        t = self.now(typ or known[0], line, 'SHT_')
        c.align = align if align is not None else known[2]
        c.flags = flags if flags is not None else known[1]
        c.stype, c.keys, c.nobits, c.line, c.link, c.info, c.entsize = t, keys or {}, t == 8, line, 0, 0, 0
        c.memsize = None
        self.sections.append(c)
        c.idx = len(self.sections)
        return c

    def d_section(self, n):
        """section NAME [TYPE] [flags=AXW] [align=N] [addr=] [link=SECTION] [info=] [Shdr fields]"""
        t, p = Take(n), n.plain()
        flags = t.get('flags')
        if flags is not None and flags and all(ch in self.FLAGS for ch in flags):
            flags = sum(self.FLAGS[ch] for ch in flags)
        elif flags is not None:
            flags = self.now(flags, n.line)
        align = t.get('align')
        c = self.section(str(p[0]) if p else fail(n.line, 'section NAME'), n.line, p[1] if len(p) > 1 else None,
                         flags, self.now(align, n.line) if align is not None else None)
        for k, f in (('addr', 'sh_addr'), ('entsize', 'sh_entsize'), ('type', 'sh_type'), ('size', 'sh_size')):
            if k in t.k:
                t.k[f] = t.k.pop(k)
        for k in ('link', 'info'):
            v = t.get(k)
            if v is not None:
                t.k['sh_' + k] = Word(f'idx({v})' if v in self.named else v)
        c.keys = t.k
        self.cur = c

    def symbol_line(self, n, table):
        t, p = Take(n), n.plain()
        name = p[0] if p else Word('')
        s = {'name': name, 'keys': t.k, 'line': n.line, 'bind': 0, 'type': 0, 'sec': t.get('sec', '0'),
             'version': t.get('version'), 'lib': t.get('lib'), 'vis': t.get('other', '0')}
        for w in p[1:]:
            if w in ('UNDEF', 'ABS', 'COMMON'):
                s['sec'] = str(C['SHN_' + w])
            elif 'STB_' + w in C:
                s['bind'] = C['STB_' + w]
            elif 'STT_' + w in C:
                s['type'] = C['STT_' + w]
            elif 'STV_' + w in C:
                s['vis'] = str(C['STV_' + w])
            else:
                fail(n.line, f'symbol: what is "{w}"? (a binding, type, visibility, ABS or COMMON)')
        for k, f in (('value', 'st_value'), ('size', 'st_size')):
            if k in t.k:
                t.k[f] = t.k.pop(k)
        table.append(s)
        return s

    def d_symbol(self, n):
        """symbol NAME [BIND] [TYPE] [VIS] [ABS|COMMON|sec=SECTION] [value=] [size=] [Sym fields]"""
        s = self.symbol_line(n, self.syms)
        self.symnames.setdefault(str(s['name']), len(self.syms))
        if s['bind'] and s['sec'] not in ('0', 'UNDEF'):
            self.defined.append(str(s['name']))

    def d_dynsym(self, n):
        """dynsym NAME ... [version=V [lib=L]]: in .dynsym; with lib= a needed version, else a defined one"""
        self.symbol_line(n, self.dynsyms)

    def d_reloc(self, n):
        """reloc OFFSET TYPE SYMBOL [ADDEND] [table=SECTION]: relocates the current section"""
        if self.cur is None or self.cur.idx is None:
            fail(n.line, 'reloc needs a section line before it')
        p = n.plain()
        if len(p) < 3:
            fail(n.line, 'reloc OFFSET TYPE SYMBOL [ADDEND]')
        self.relocs.setdefault(self.cur.idx, []).append(
            (n.line, p[0], p[1], p[2], p[3] if len(p) > 3 else Word('0'), n.keys()))

    def d_group(self, n):
        """group SIGNATURE SECTION...: a COMDAT group"""
        p = n.plain()
        c = self.section('.group', n.line, 'GROUP', 0, 4)
        keys = n.keys()
        c.num(4, keys.pop('flags', 1), n.line)
        for s in p[1:]:
            if s in self.named:
                self.named[s].flags |= self.FLAGS['G']
            c.num(4, Word(f'idx({s})' if not s.isdigit() else s), n.line)
        c.entsize, c.keys = 4, {'sh_link': Word('idx(.symtab)'), 'sh_info': Word(f'sym({p[0]})')}
        c.keys.update(keys)

    def d_segment(self, n):
        """segment TYPE [FIRST [LAST]] [Phdr fields]; "segment none": none at all"""
        self.segs = self.segs or []
        if n.plain() and n.plain()[0] != 'none':
            self.segs.append(n)

    def d_dynamic(self, n):
        """dynamic TAG VALUE|"STRING": an entry of .dynamic"""
        p = n.plain()
        if len(p) < 2:
            fail(n.line, 'dynamic TAG VALUE')
        self.dyn.append((self.now(p[0], n.line, 'DT_'), self.dynstr.add(p[1]) if p[1].quoted else p[1], n.line))

    SYM64 = 'st_name:4 st_info:1 st_other:1 st_shndx:2 st_value:8 st_size:8'
    SYM32 = 'st_name:4 st_value:4 st_size:4 st_info:1 st_other:1 st_shndx:2'

    def symtab(self, c, syms, strings, label):
        fields = self.SYM64 if self.wide else self.SYM32
        self.record(c, f'{label}[0]', fields, {})
        first_global = 1
        for i, s in enumerate(syms, 1):
            sec = s['sec']
            if sec in self.named and self.named[sec].idx is not None:
                sec = f'idx({sec})'
            self.record(c, f'{label}[{i}]', fields, {
                'st_name': strings.add(s['name']) if s['name'] else 0, 'st_info': s['bind'] << 4 | s['type'],
                'st_other': s['vis'], 'st_shndx': sec}, s['keys'], s['line'])
            if s['bind'] == 0 and first_global == i:
                first_global = i + 1
        c.entsize, c.info = 24 if self.wide else 16, first_global

    def versions(self):
        """.gnu.version and its two tables, from version= and lib= of dynsym lines"""
        idx, need, defs = {}, {}, []
        for s in self.dynsyms:
            if not s['version']:
                continue
            key = (s['lib'], s['version'])
            if key in idx:
                continue
            idx[key] = len(idx) + 2
            if s['lib']:
                need.setdefault(s['lib'], []).append(s['version'])
            else:
                defs.append(s['version'])
        if not idx:
            return
        ver = self.section('.gnu.version', self.line, 'GNU_VERSYM', 2, 2)
        ver.entsize, ver.keys = 2, {'sh_link': Word('idx(.dynsym)')}
        ver.num(2, 0, self.line)
        for s in self.dynsyms:
            ver.num(2, idx[(s['lib'], s['version'])] if s['version'] else 1, s['line'])
        self.dyn.append((C['DT_VERSYM'], Word('va(.gnu.version)'), self.line))
        if defs:
            c = self.section('.gnu.version_d', self.line, 'GNU_VERDEF', 2, 8)
            names = ['objkit.so'] + [str(d) for d in defs]
            for i, d in enumerate(names):
                self.record(c, f'verdef[{i}]', 'vd_version:2 vd_flags:2 vd_ndx:2 vd_cnt:2 vd_hash:4 vd_aux:4 vd_next:4',
                            {'vd_version': 1, 'vd_flags': int(i == 0), 'vd_cnt': 1, 'vd_aux': 20,
                             'vd_ndx': 1 if i == 0 else idx[(None, defs[i - 1])], 'vd_hash': elf_hash(d),
                             'vd_next': 28 if i + 1 < len(names) else 0})
                self.record(c, f'verdaux[{i}]', 'vda_name:4 vda_next:4', {'vda_name': self.dynstr.add(d)})
            c.info, c.keys = len(names), {'sh_link': Word('idx(.dynstr)')}
            self.dyn += [(C['DT_VERDEF'], Word('va(.gnu.version_d)'), self.line),
                         (C['DT_VERDEFNUM'], len(names), self.line)]
        if need:
            c = self.section('.gnu.version_r', self.line, 'GNU_VERNEED', 2, 8)
            for i, (lib, vs) in enumerate(need.items()):
                self.record(c, f'verneed[{i}]', 'vn_version:2 vn_cnt:2 vn_file:4 vn_aux:4 vn_next:4',
                            {'vn_version': 1, 'vn_cnt': len(vs), 'vn_file': self.dynstr.add(lib), 'vn_aux': 16,
                             'vn_next': 16 + 16 * len(vs) if i + 1 < len(need) else 0})
                for j, v in enumerate(vs):
                    self.record(c, f'vernaux[{i}.{j}]', 'vna_hash:4 vna_flags:2 vna_other:2 vna_name:4 vna_next:4',
                                {'vna_hash': elf_hash(v), 'vna_other': idx[(lib, v)], 'vna_name': self.dynstr.add(v),
                                 'vna_next': 16 if j + 1 < len(vs) else 0})
            c.info, c.keys = len(need), {'sh_link': Word('idx(.dynstr)')}
            self.dyn += [(C['DT_VERNEED'], Word('va(.gnu.version_r)'), self.line),
                         (C['DT_VERNEEDNUM'], len(need), self.line)]

    def finish(self):
        w, image = self.w, self.type in (2, 3)
        if self.dynsyms or self.dyn:
            self.finish_dynamic()
        relname = '.rel' if self.use_rel else '.rela'
        for idx, rs in sorted(self.relocs.items()):
            target = self.sections[idx - 1]
            c = self.section(relname + target.name, rs[0][0], 'REL' if self.use_rel else 'RELA', 0x40, w)
            c.entsize = w * (2 if self.use_rel else 3)
            c.keys = {'sh_link': Word('idx(.symtab)'), 'sh_info': Word(str(idx))}
            for i, (line, off, typ, sym, addend, keys) in enumerate(rs):
                snum = sym if sym.isdigit() else f'sym({sym})'
                info = Word(f'({snum})<<{32 if self.wide else 8}|({typ})')
                self.record(c, f'{c.name}[{i}]', f'r_offset:{w} r_info:{w}' + ('' if self.use_rel else f' r_addend:{w}'),
                            {'r_offset': off, 'r_info': info} | ({} if self.use_rel else {'r_addend': addend}),
                            keys, line)
        if self.syms or self.relocs:
            c = self.section('.symtab', self.line, 'SYMTAB', 0, w)
            self.symtab(c, self.syms, self.strtab, 'symtab')
            c.keys = {'sh_link': Word('idx(.strtab)')}
            self.section('.strtab', self.line, 'STRTAB', 0, 1).raw(bytes(self.strtab.b))
        shstr = self.section('.shstrtab', self.line, 'STRTAB', 0, 1)
        for s in self.sections:
            self.shstr.add(s.name)
        shstr.raw(bytes(self.shstr.b))
        self.headers(image)

    def finish_dynamic(self):
        w = self.w
        self.versions()
        sym = self.section('.dynsym', self.line, 'DYNSYM', 2, w)
        self.symtab(sym, self.dynsyms, self.dynstr, 'dynsym')
        sym.keys = {'sh_link': Word('idx(.dynstr)')}
        h = self.section('.hash', self.line, 'HASH', 2, w)
        h.entsize, h.keys = 4, {'sh_link': Word('idx(.dynsym)')}
        n = len(self.dynsyms) + 1
        for x in [1, n, n - 1] + [max(i - 1, 0) for i in range(n)]:
            h.num(4, x, self.line)
        given = {t for t, _, _ in self.dyn}
        auto = [('HASH', 'va(.hash)'), ('STRTAB', 'va(.dynstr)'), ('SYMTAB', 'va(.dynsym)'),
                ('STRSZ', 'size(.dynstr)'), ('SYMENT', '24' if self.wide else '16'), ('NULL', '0')]
        d = self.section('.dynamic', self.line, 'DYNAMIC', 3, w)
        for tag, val, line in self.dyn + [(C['DT_' + t], Word(v), self.line) for t, v in auto
                                          if C['DT_' + t] not in given]:
            d.num(w, tag, line)
            d.num(w, val, line)
        d.entsize, d.keys = 2 * w, {'sh_link': Word('idx(.dynstr)')}
        self.section('.dynstr', self.line, 'STRTAB', 2, 1).raw(bytes(self.dynstr.b))

    def headers(self, image):
        w = self.w
        if self.segs is None:
            self.segs = []
            if image:
                self.segs.append(Node(self.line, [Word('segment'), Word('LOAD')]))
                if '.dynamic' in self.named:
                    self.segs.append(Node(self.line, [Word('segment'), Word('DYNAMIC'), Word('.dynamic')]))
                if '.interp' in self.named:
                    self.segs.append(Node(self.line, [Word('segment'), Word('INTERP'), Word('.interp')]))
        eh, ph, sh = Chunk('ehdr'), Chunk('phdrs', w), Chunk('shdrs', w)
        for c in (eh, ph, sh):
            self.named[c.name] = c
        self.record(eh, 'ehdr', self.IDENT + f'e_type:2 e_machine:2 e_version:4 e_entry:{w} e_phoff:{w} e_shoff:{w} '
                    'e_flags:4 e_ehsize:2 e_phentsize:2 e_phnum:2 e_shentsize:2 e_shnum:2 e_shstrndx:2',
                    {'ei_mag': '\x7fELF', 'ei_class': 2 if self.wide else 1, 'ei_data': 2 if self.byteorder == 'big' else 1,
                     'ei_version': 1, 'e_type': self.type, 'e_machine': self.machine, 'e_version': 1,
                     'e_phoff': Word('off(phdrs)') if self.segs else 0, 'e_shoff': Word('off(shdrs)'),
                     'e_ehsize': 64 if self.wide else 52,
                     'e_phentsize': (56 if self.wide else 32) if self.segs else 0, 'e_phnum': len(self.segs),
                     'e_shentsize': 64 if self.wide else 40, 'e_shnum': len(self.sections) + 1,
                     'e_shstrndx': len(self.sections)}, self.hdr, self.line)
        for i, n in enumerate(self.segs):
            self.phdr(ph, i, n)
        fields = (f'sh_name:4 sh_type:4 sh_flags:{w} sh_addr:{w} sh_offset:{w} sh_size:{w} sh_link:4 sh_info:4 '
                  f'sh_addralign:{w} sh_entsize:{w}')
        self.record(sh, 'shdr[0]', fields, {})
        for c in self.sections:
            if c.nobits:
                c.memsize, c.len, c.items = c.len, 0, []
                c.size = c.memsize
            v = {'sh_name': self.shstr.add(c.name), 'sh_type': c.stype, 'sh_flags': c.flags,
                 'sh_offset': Word(f'off(#{c.idx})'), 'sh_size': c.len if not c.nobits else c.memsize,
                 'sh_info': c.info, 'sh_addralign': c.align, 'sh_entsize': c.entsize}
            if image and c.flags & 2:
                v['sh_addr'] = Word(f'va(#{c.idx})')
            self.named[f'#{c.idx}'] = c
            own = {}
            if c.name not in self.used:    # "set .text" speaks of the first section of that name
                own = self.sets.get(c.name, {})
                self.used.add(c.name)
            self.record(sh, f'shdr[{c.idx}]', fields, v, {**c.keys, **own}, c.line)
        self.chunks = [eh, ph] + self.sections + self.datas + [sh]
        self.layout()
        for c in self.sections:
            a = c.keys.get('sh_addr')
            c.rva = self.now(a, c.line) - self.base if a is not None else c.off if c.flags & 2 else None

    def phdr(self, ph, i, n):
        t, p = Take(n), n.plain()
        typ = self.now(p[0], n.line, 'PT_')
        first, last = (p + [None])[1:3] if len(p) > 1 else (None, None)
        last = last or first
        off = Word(f'off({first})') if first else 0
        size = Word(f'end({last})-off({first})') if first else Word('off(shdrs)')
        addr = Word(f'va({first})') if first else self.base
        v = {'p_type': typ, 'p_offset': off, 'p_vaddr': addr, 'p_paddr': addr, 'p_filesz': size, 'p_memsz': size,
             'p_flags': 7 if typ == 1 else 6 if typ == 2 else 4, 'p_align': 0x1000 if typ == 1 else self.w}
        w = self.w
        self.record(ph, f'phdr[{i}]', 'p_type:4 p_flags:4 p_offset:8 p_vaddr:8 p_paddr:8 p_filesz:8 p_memsz:8 p_align:8'
                    if self.wide else 'p_type:4 p_offset:4 p_vaddr:4 p_paddr:4 p_filesz:4 p_memsz:4 p_flags:4 p_align:4',
                    v, t.k, n.line)


def elf_hash(name):
    h = 0
    for ch in str(name).encode('latin-1'):
        h = (h << 4) + ch
        h = (h ^ (h & 0xf0000000) >> 24) & 0x0fffffff
    return h


FORMATS.update({'elf32': Elf, 'elf64': Elf})
