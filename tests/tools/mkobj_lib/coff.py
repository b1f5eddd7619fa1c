"""COFF objects, bigobj, short import objects, PE images."""
from .core import C, COFF_ALIASES, FORMATS, Chunk, File, Node, Strings, Take, Word, fail


class Coff(File):
    """coff|bigobj MACHINE [file header fields]"""
    prefixes = ('IMAGE_FILE_MACHINE_', 'IMAGE_SYM_CLASS_', 'IMAGE_REL_AMD64_', 'IMAGE_SUBSYSTEM_', 'IMAGE_DIR_')
    FLAGS = {'text': 0x60000020, 'data': 0xc0000040, 'rdata': 0x40000040, 'bss': 0xc0000080, 'info': 0x200,
             'remove': 0x800, 'comdat': 0x1000, 'discard': 0x02000000, 'write': 0x80000000, 'read': 0x40000000,
             'exec': 0x20000000, 'code': 0x20, 'idata': 0x40, 'udata': 0x80, 'ovfl': 0x01000000, 'shared': 0x10000000}
    WELL_KNOWN = {'.text': 'text', '.data': 'data', '.bss': 'bss', '.rdata': 'rdata', '.idata': 'data',
                  '.drectve': 'info|remove', '.pdata': 'rdata', '.xdata': 'rdata', '.edata': 'rdata',
                  '.debug': 'rdata|discard', '.reloc': 'rdata|discard', '.rsrc': 'rdata'}
    image = False

    def __init__(self, node, nodes):
        super().__init__(node, nodes)
        self.big = node.words[0] == 'bigobj'
        p = [w for w in node.plain() if w not in ('dll',)]
        t = Take(node)
        m = p[0] if p else Word('AMD64')
        self.machine = COFF_ALIASES.get(str(m).upper())
        if self.machine is None:
            self.machine = self.now(m, node.line, 'IMAGE_FILE_MACHINE_')
        if self.machine == 0x14c:
            self.prefixes = tuple('IMAGE_REL_I386_' if x == 'IMAGE_REL_AMD64_' else x for x in self.prefixes)
        elif self.machine == 0xaa64:
            self.prefixes = tuple('IMAGE_REL_ARM64_' if x == 'IMAGE_REL_AMD64_' else x for x in self.prefixes)
        self.hdr = t.k
        self.sections, self.symtab, self.n_syms, self.strs = [], Chunk('symtab'), 0, Strings(b'\0\0\0\0')
        self.named['symtab'] = self.symtab

    def directive(self, n):
        f = getattr(self, 'd_' + n.words[0], None)
        if f:
            f(n)
        else:
            self.common(n)

    def flag_word(self, w, line):
        if all(x in self.FLAGS for x in w.split('|')):
            v = 0
            for x in w.split('|'):
                v |= self.FLAGS[x]
            return v
        return self.now(w, line)

    def new_section(self, name, line, keys, flags=None, align=None):
        known = next((v for k, v in self.WELL_KNOWN.items() if name == k or name.startswith((k + '$', k + '_'))), 'rdata')
        c = self.chunk(name, 4)
        c.flags = self.flag_word(flags or known, line)
        if align is not None and not self.image:
            c.flags |= align.bit_length() << 20
        c.keys, c.line, c.relocs, c.raw_size = keys, line, Chunk('relocs ' + name), None
        self.sections.append(c)
        c.idx = len(self.sections)
        c.n_relocs = 0
        return c

    def d_section(self, n):
        """section NAME [flags=text|comdat...] [align=N] [section header fields]"""
        t, p = Take(n), n.plain()
        if not p:
            fail(n.line, 'section NAME')
        align = t.get('align')
        self.cur = self.new_section(str(p[0]), n.line, t.k, t.get('flags'),
                                    self.now(align, n.line) if align is not None else None)

    def d_reloc(self, n):
        """reloc OFFSET TYPE SYMBOL"""
        p, c = n.plain(), self.cur
        if c is None or c.idx is None or len(p) < 3:
            fail(n.line, 'reloc OFFSET TYPE SYMBOL, after a section line')
        sym = p[2] if p[2].isdigit() else Word(f'sym({p[2]})')
        self.record(c.relocs, f'reloc {c.name}[{c.n_relocs}]', 'VirtualAddress:4 SymbolTableIndex:4 Type:2',
                    {'VirtualAddress': p[0], 'SymbolTableIndex': sym, 'Type': p[1]}, n.keys(), n.line)
        c.n_relocs += 1

    def d_symbol(self, n):
        """symbol NAME [CLASS] [FUNCTION] [sec=SECTION|ABS|DEBUG] [value=] [symbol fields]"""
        t, p = Take(n), n.plain()
        name = p[0] if p else Word('')
        cls, typ = 2, 0
        for w in p[1:]:
            if w == 'FUNCTION' and cls == 2:
                typ = 0x20
            elif 'IMAGE_SYM_CLASS_' + w in C:
                cls = C['IMAGE_SYM_CLASS_' + w]
            else:
                fail(n.line, f'symbol: what is "{w}"? (EXTERNAL, STATIC, FUNCTION, WEAK_EXTERNAL, FILE, SECTION, LABEL …)')
        sec = t.get('sec', '0')
        if sec in self.named and self.named[sec].idx is not None:
            secnum = Word(f'idx({sec})')
        else:
            secnum = Word({'ABS': '-1', 'DEBUG': '-2', 'UNDEF': '0'}.get(str(sec), str(sec)))
        if 'value' in t.k:
            t.k['Value'] = t.k.pop('value')
        raw = name.encode('latin-1')
        field = str(name) if len(raw) <= 8 else '\0\0\0\0' + self.strs.add(name).to_bytes(4, 'little').decode('latin-1')
        self.lastsym, self.aux_at = self.n_syms, len(self.symtab.items)
        self.symnames.setdefault(str(name), self.n_syms)
        aux = 0
        following = self.nodes[self.nodes.index(n) + 1:]
        for m in following:
            if not m.words[0].startswith('aux'):
                break
            aux += self.aux_count(m)
        self.record(self.symtab, f'symbol[{self.n_syms}]',
                    f'Name:s8 Value:4 SectionNumber:{4 if self.big else 2} Type:2 StorageClass:1 NumberOfAuxSymbols:1',
                    {'Name': field, 'SectionNumber': secnum, 'Type': typ, 'StorageClass': cls,
                     'NumberOfAuxSymbols': aux}, t.k, n.line)
        self.n_syms += 1
        if cls in (2, 105) and str(sec) not in ('0', 'UNDEF'):
            self.defined.append(str(name))

    def aux_count(self, n):
        if n.words[0] == 'aux-file':
            return max(1, -(-len(n.plain()[0]) // self.symsize())) if n.plain() else 1
        return 1

    def symsize(self):
        return 20 if self.big else 18

    def aux(self, n, fields, values, keys=None):
        start = self.symtab.len
        self.record(self.symtab, f'symbol[{self.n_syms}]', fields, values, n.keys() if keys is None else keys, n.line)
        self.symtab.raw(b'\0' * (self.symsize() - (self.symtab.len - start)))
        self.n_syms += 1

    def directive_aux(self, n):
        op, p = n.words[0], n.plain()
        if op == 'aux':
            self.cur_saved, self.cur = self.cur, Chunk('aux')
            self.contents(Node(n.line, [Word('bytes')] + n.words[1:]))
            b = self.cur.items[0] if self.cur.items else b''
            self.cur = self.cur_saved
            self.symtab.raw(b[:self.symsize()] + b'\0' * (self.symsize() - len(b)))
            self.n_syms += 1
        elif op == 'aux-section':
            self.aux(n, 'Length:4 NumberOfRelocations:2 NumberOfLinenumbers:2 CheckSum:4 Number:2 Selection:1 '
                     'Unused:1 HighNumber:2', {})
        elif op == 'aux-weak':
            if len(p) < 1:
                fail(n.line, 'aux-weak DEFAULT [CHARACTERISTICS]')
            self.aux(n, 'TagIndex:4 Characteristics:4', {'TagIndex': p[0] if p[0].isdigit() else Word(f'sym({p[0]})'),
                                                        'Characteristics': p[1] if len(p) > 1 else 1})
        elif op == 'aux-function':
            self.aux(n, 'TagIndex:4 TotalSize:4 PointerToLinenumber:4 PointerToNextFunction:4', {})
        elif op == 'aux-file':
            b = (p[0] if p else Word('')).encode('latin-1')
            k = self.aux_count(n)
            self.symtab.raw(b + b'\0' * (k * self.symsize() - len(b)))
            self.n_syms += k
        else:
            fail(n.line, f'unknown word "{op}"')

    def common(self, n):
        if n.words[0].startswith('aux'):
            self.directive_aux(n)
        else:
            super().common(n)

    SECTION = ('Name:s8 VirtualSize:4 VirtualAddress:4 SizeOfRawData:4 PointerToRawData:4 PointerToRelocations:4 '
               'PointerToLinenumbers:4 NumberOfRelocations:2 NumberOfLinenumbers:2 Characteristics:4')

    def section_header(self, c, s, values):
        name = s.name
        if len(name) > 8:
            name = f'/{self.strs.add(name)}'
        own = {}
        if s.name not in self.used:
            own = self.sets.get(s.name, {})
            self.used.add(s.name)
        values = {'Name': name, 'Characteristics': s.flags, **values}
        if s.n_relocs:
            values.update({'PointerToRelocations': Word(f'off(@relocs{s.idx})'),
                           'NumberOfRelocations': min(s.n_relocs, 0xffff)})
        self.record(c, f'section[{s.idx}]', self.SECTION, values, {**s.keys, **own}, s.line)

    def file_header(self, c, opt_size=0, chars=0):
        self.record(c, 'header', 'Machine:2 NumberOfSections:2 TimeDateStamp:4 PointerToSymbolTable:4 '
                    'NumberOfSymbols:4 SizeOfOptionalHeader:2 Characteristics:2',
                    {'Machine': self.machine, 'NumberOfSections': len(self.sections),
                     'PointerToSymbolTable': Word('off(symtab)') if self.n_syms or len(self.strs.b) > 4 else 0,
                     'NumberOfSymbols': self.n_syms, 'SizeOfOptionalHeader': opt_size, 'Characteristics': chars},
                    self.hdr, self.line)

    def string_table(self):
        self.strs.b[0:4] = len(self.strs.b).to_bytes(4, 'little')
        c = Chunk('strings')
        c.raw(bytes(self.strs.b))
        if 'strings' in self.sets:
            self.record(Chunk('x'), 'strings', 'Size:4', {})
            c.items = []
            c.num(4, self.sets['strings']['Size'], self.line)
            c.items.append(bytes(self.strs.b[4:]))
        self.named['strings'] = c
        return c

    def finish(self):
        h, sh = Chunk('header'), Chunk('sections')
        self.named['sections'] = sh
        for s in self.sections:
            self.named[f'#{s.idx}'] = s
            self.named[f'@relocs{s.idx}'] = s.relocs
            v = {'SizeOfRawData': s.len, 'PointerToRawData': Word(f'off(#{s.idx})') if s.len else 0}
            if s.flags & 0x80:
                s.size = s.len
                v['PointerToRawData'] = 0
                s.items, s.len = [], 0
            self.section_header(sh, s, v)
        if self.big:
            self.record(h, 'header', 'Sig1:2 Sig2:2 Version:2 Machine:2 TimeDateStamp:4 ClassID:s16 SizeOfData:4 '
                        'Flags:4 MetaDataSize:4 MetaDataOffset:4 NumberOfSections:4 PointerToSymbolTable:4 NumberOfSymbols:4',
                        {'Sig2': 0xffff, 'Version': 2, 'Machine': self.machine,
                         'ClassID': bytes.fromhex('c7a1bad1eebaa94baf20faf66aa4dcb8').decode('latin-1'),
                         'NumberOfSections': len(self.sections), 'PointerToSymbolTable': Word('off(symtab)'),
                         'NumberOfSymbols': self.n_syms}, self.hdr, self.line)
        else:
            self.file_header(h)
        body = []
        for s in self.sections:
            body += [s, s.relocs]
        self.chunks = [h, sh] + body + [self.symtab, self.string_table()] + self.datas
        self.layout()
        for s in self.sections:
            s.rva = 0


class ShortImport(File):
    """shortimport MACHINE dll=D name=N [type=CODE|DATA|CONST] [nametype=ORDINAL|NAME|NOPREFIX|UNDECORATE|EXPORTAS]
    [ordinal=N] [exportas=N] [header fields]"""
    prefixes = ('IMAGE_FILE_MACHINE_',)

    def directive(self, n):
        self.common(n)

    def finish(self):
        t, p = Take(self.node), self.node.plain()
        m = p[0] if p else Word('AMD64')
        machine = COFF_ALIASES.get(str(m).upper())
        if machine is None:
            machine = self.now(m, self.line, 'IMAGE_FILE_MACHINE_')
        typ, ntype = str(t.get('type', 'CODE')), str(t.get('nametype', 'NAME'))
        types, ntypes = ['CODE', 'DATA', 'CONST'], ['ORDINAL', 'NAME', 'NOPREFIX', 'UNDECORATE', 'EXPORTAS']
        tv = types.index(typ) if typ in types else self.now(typ, self.line)
        nv = ntypes.index(ntype) if ntype in ntypes else self.now(ntype, self.line)
        name, dll, exp = t.get('name', 'f'), t.get('dll', 'x.dll'), t.get('exportas')
        body = f'{name}\0{dll}\0'.encode('latin-1') + (f'{exp}\0'.encode('latin-1') if exp is not None else b'')
        c = Chunk('header')
        self.record(c, 'header', 'Sig1:2 Sig2:2 Version:2 Machine:2 TimeDateStamp:4 SizeOfData:4 OrdinalOrHint:2 Type:2',
                    {'Sig2': 0xffff, 'Machine': machine, 'SizeOfData': len(body),
                     'OrdinalOrHint': t.get('ordinal', 0), 'Type': tv | nv << 2}, t.k, self.line)
        c.raw(body)
        self.defined += [f'__imp_{name}'] + ([str(name)] if tv == 0 else [])
        self.chunks = [c] + self.datas
        self.layout()


class Pe(Coff):
    """pe MACHINE [dll] [any header field: e_magic, Machine, ImageBase, SizeOfHeaders …]"""
    image = True
    DOS = ('e_magic:s2 e_cblp:2 e_cp:2 e_crlc:2 e_cparhdr:2 e_minalloc:2 e_maxalloc:2 e_ss:2 e_sp:2 e_csum:2 e_ip:2 '
           'e_cs:2 e_lfarlc:2 e_ovno:2 e_res:s8 e_oemid:2 e_oeminfo:2 e_res2:s20 e_lfanew:4')

    def __init__(self, node, nodes):
        super().__init__(node, nodes)
        self.plus = self.machine in (0x8664, 0xaa64, 0x200, 0xa641, 0xa64e)
        self.dll = 'dll' in node.plain()
        self.dirs, self.imports, self.delays, self.exports, self.exphdr = {}, [], [], [], None
        keys, self.hdr, self.opt, self.dos = self.hdr, {}, {}, {}
        coff = 'Machine NumberOfSections TimeDateStamp PointerToSymbolTable NumberOfSymbols SizeOfOptionalHeader Characteristics'
        for k, v in keys.items():
            (self.dos if k.startswith('e_') else self.hdr if k in coff.split() else self.opt)[k] = v
        default = 0x140000000 if self.plus else 0x400000
        self.base = self.now(self.opt.get('ImageBase', default), node.line)
        self.sect_align = max(self.now(self.opt.get('SectionAlignment', 0x1000), node.line), 1)
        self.file_align = max(self.now(self.opt.get('FileAlignment', 0x200), node.line), 1)

    def d_section(self, n):
        """section NAME [rva=] [vsize=] [flags=] [section header fields]"""
        super().d_section(n)
        k = self.cur.keys
        for a, b in (('rva', 'VirtualAddress'), ('vsize', 'VirtualSize')):
            if a in k:
                k[b] = k.pop(a)

    def d_dir(self, n):
        """dir NAME|NUMBER [rva=EXPR] [size=EXPR]"""
        p, k = n.plain(), n.keys()
        i = self.now(p[0] if p else '', n.line, 'IMAGE_DIR_')
        self.dirs[i] = (k.get('rva', 0), k.get('size', 0), n.line)

    def d_import(self, n):
        """import DLL NAME[:HINT]|@ORDINAL... [nolookup] [descriptor fields]"""
        self.imports.append(n)

    def d_delayimport(self, n):
        """delayimport DLL NAME[:HINT]|@ORDINAL... [descriptor fields]"""
        self.delays.append(n)

    def d_export(self, n):
        """export NAME|"" [ordinal=N] [rva=EXPR|forward=DLL.NAME]"""
        self.exports.append(n)

    def d_exports(self, n):
        """exports DLLNAME [export directory fields]"""
        self.exphdr = n

    def thunks(self, c, label, i, items, line):
        width = 8 if self.plus else 4
        c.labels[f'{label}{i}'] = c.len
        for j, (name, hint, by_ord) in enumerate(items):
            v = Word(f'{(1 << (8 * width - 1)):#x}|({hint})') if by_ord else Word(f'rva(@name{label[-1]}{i}.{j})')
            c.num(width, v, line)
        c.num(width, 0, line)

    def import_names(self, c, tag, nodes):
        out = []
        for i, n in enumerate(nodes):
            items = []
            for j, w in enumerate([w for w in n.plain()[1:] if w != 'nolookup']):
                if w.startswith('@') and not w.quoted:
                    items.append((None, w[1:], True))
                    continue
                name, _, hint = (str(w), '', '0') if w.quoted else w.partition(':')
                items.append((name, hint or '0', False))
            out.append(items)
        return out

    def name_table(self, c, tag, nodes, lists):
        for i, n in enumerate(nodes):
            for j, (name, hint, by_ord) in enumerate(lists[i]):
                if not by_ord:
                    c.pad(2)
                    c.labels[f'@name{tag}{i}.{j}'] = c.len
                    c.num(2, hint, n.line)
                    c.raw(name.encode('latin-1') + b'\0')
            c.labels[f'@dll{tag}{i}'] = c.len
            c.raw((n.plain()[0] if n.plain() else Word('')).encode('latin-1') + b'\0')

    def add_imports(self):
        c = self.new_section('.idata', self.line, {})
        lists = self.import_names(c, 'i', self.imports)
        for i, n in enumerate(self.imports):
            lookup = 0 if 'nolookup' in n.plain() else Word(f'rva(@lt.i{i})')
            self.record(c, f'import[{i}]', 'OriginalFirstThunk:4 TimeDateStamp:4 ForwarderChain:4 Name:4 FirstThunk:4',
                        {'OriginalFirstThunk': lookup, 'Name': Word(f'rva(@dlli{i})'), 'FirstThunk': Word(f'rva(@iat.i{i})')},
                        n.keys(), n.line)
        c.raw(b'\0' * 20)
        self.dirs.setdefault(1, (Word('rva(.idata)'), c.len, self.line))
        c.pad(8)
        for i, n in enumerate(self.imports):
            self.thunks(c, '@lt.i', i, lists[i], n.line)
        start = c.len
        c.labels['@iat'] = start
        for i, n in enumerate(self.imports):
            self.thunks(c, '@iat.i', i, lists[i], n.line)
        self.dirs.setdefault(12, (Word('rva(@iat)'), c.len - start, self.line))
        self.name_table(c, 'i', self.imports, lists)

    def add_delay(self):
        c = self.new_section('.didat', self.line, {}, 'data')
        lists = self.import_names(c, 'd', self.delays)
        for i, n in enumerate(self.delays):
            self.record(c, f'delay[{i}]', 'Attributes:4 DllNameRVA:4 ModuleHandleRVA:4 ImportAddressTableRVA:4 '
                        'ImportNameTableRVA:4 BoundImportAddressTableRVA:4 UnloadInformationTableRVA:4 TimeDateStamp:4',
                        {'Attributes': 1, 'DllNameRVA': Word(f'rva(@dlld{i})'), 'ModuleHandleRVA': Word(f'rva(@hmod{i})'),
                         'ImportAddressTableRVA': Word(f'rva(@iat.d{i})'), 'ImportNameTableRVA': Word(f'rva(@lt.d{i})')},
                        n.keys(), n.line)
        c.raw(b'\0' * 32)
        self.dirs.setdefault(13, (Word('rva(.didat)'), c.len, self.line))
        for i, n in enumerate(self.delays):
            c.labels[f'@hmod{i}'] = c.len
            c.raw(b'\0' * 8)
            self.thunks(c, '@lt.d', i, lists[i], n.line)
            self.thunks(c, '@iat.d', i, lists[i], n.line)
        self.name_table(c, 'd', self.delays, lists)

    def add_exports(self):
        c = self.new_section('.edata', self.line, {})
        rows, nxt = [], 1
        for n in self.exports:
            k, p = n.keys(), n.plain()
            o = self.now(k['ordinal'], n.line) if 'ordinal' in k else nxt
            nxt = o + 1
            rows.append((o, str(p[0]) if p else '', k.get('rva', Word('0x1000')), k.get('forward'), n.line))
        base = min((r[0] for r in rows), default=1)
        count = max((r[0] for r in rows), default=0) - base + 1 if rows else 0
        named = sorted((r for r in rows if r[1]), key=lambda r: r[1])
        hdr = self.exphdr or Node(self.line, [Word('exports'), Word('objkit.dll')])
        self.record(c, 'exports', 'Characteristics:4 TimeDateStamp:4 MajorVersion:2 MinorVersion:2 Name:4 Base:4 '
                    'NumberOfFunctions:4 NumberOfNames:4 AddressOfFunctions:4 AddressOfNames:4 AddressOfNameOrdinals:4',
                    {'Name': Word('rva(@expname)'), 'Base': base, 'NumberOfFunctions': count, 'NumberOfNames': len(named),
                     'AddressOfFunctions': Word('rva(@eat)'), 'AddressOfNames': Word('rva(@ent)'),
                     'AddressOfNameOrdinals': Word('rva(@eot)')}, hdr.keys(), hdr.line)
        by = {r[0]: r for r in rows}
        c.labels['@eat'] = c.len
        for o in range(base, base + min(count, 1 << 20)):
            r = by.get(o)
            c.num(4, 0 if not r else Word(f'rva(@fwd{o})') if r[3] else r[2], r[4] if r else self.line)
        c.labels['@ent'] = c.len
        for i, r in enumerate(named):
            c.num(4, Word(f'rva(@exp{i})'), r[4])
        c.labels['@eot'] = c.len
        for r in named:
            c.num(2, r[0] - base, r[4])
        c.labels['@expname'] = c.len
        c.raw((hdr.plain()[0] if hdr.plain() else Word('')).encode('latin-1') + b'\0')
        for i, r in enumerate(named):
            c.labels[f'@exp{i}'] = c.len
            c.raw(r[1].encode('latin-1') + b'\0')
        for r in rows:
            if r[3]:
                c.labels[f'@fwd{r[0]}'] = c.len
                c.raw(r[3].encode('latin-1') + b'\0')
        self.dirs.setdefault(0, (Word('rva(.edata)'), c.len, self.line))

    def finish(self):
        if self.imports:
            self.add_imports()
        if self.delays:
            self.add_delay()
        if self.exports or self.exphdr:
            self.add_exports()
        p = 8 if self.plus else 4
        dos, h, opt, sh = Chunk('dos'), Chunk('header', 8), Chunk('opt'), Chunk('sections')
        for c in (dos, h, opt, sh):
            self.named[c.name] = c
        self.record(dos, 'dos', self.DOS, {'e_magic': 'MZ', 'e_lfanew': Word('off(header)')}, self.dos, self.line)
        dos.raw(b'\0' * 64)
        n_dirs = self.now(self.opt.get('NumberOfRvaAndSizes', 16), self.line)
        n_dirs = min(max(n_dirs, 0), 16)
        self.record(h, 'pe', 'Signature:s4', {'Signature': 'PE\0\0'})
        self.file_header(h, (112 if self.plus else 96) + 8 * n_dirs,
                         (0x22 if self.plus else 0x102) | (0x2000 if self.dll else 0))
        pos = self.place_sections(opt_len=(112 if self.plus else 96) + 8 * n_dirs)
        self.optional(opt, p, pos, n_dirs)
        for s in self.sections:
            self.section_header(sh, s, {'VirtualSize': s.vsize, 'VirtualAddress': s.rva, 'SizeOfRawData': s.raw_size,
                                        'PointerToRawData': Word(f'off(#{s.idx})') if s.raw_size else 0})
        tail = [self.symtab, self.string_table()] if self.n_syms or len(self.strs.b) > 4 else []
        self.chunks = [dos, h, opt, sh] + self.sections + self.datas + tail
        self.layout()

    def place_sections(self, opt_len):
        head = 128 + 4 + 20 + opt_len + 40 * len(self.sections)
        self.head_size = head + -head % self.file_align
        rva = self.head_size + -self.head_size % self.sect_align
        for s in self.sections:
            self.named[f'#{s.idx}'] = s
            self.named[f'@relocs{s.idx}'] = s.relocs
            s.vsize = s.len
            if s.flags & 0x80:
                s.items, s.len = [], 0
            s.pad(self.file_align)
            s.raw_size, s.align = s.len, self.file_align
            want = s.keys.get('VirtualAddress')
            s.rva = self.now(want, s.line) if want is not None else rva
            end = s.rva + max(s.vsize, 1)
            rva = end + -end % self.sect_align
            s.size = s.vsize
        if self.sections:
            self.sections[0].align = self.file_align
        return rva

    def optional(self, opt, p, size_of_image, n_dirs):
        code = next((s for s in self.sections if s.flags & 0x20), None)
        fields = ('Magic:2 MajorLinkerVersion:1 MinorLinkerVersion:1 SizeOfCode:4 SizeOfInitializedData:4 '
                  'SizeOfUninitializedData:4 AddressOfEntryPoint:4 BaseOfCode:4 ' + ('' if self.plus else 'BaseOfData:4 ') +
                  f'ImageBase:{p} SectionAlignment:4 FileAlignment:4 MajorOperatingSystemVersion:2 '
                  'MinorOperatingSystemVersion:2 MajorImageVersion:2 MinorImageVersion:2 MajorSubsystemVersion:2 '
                  'MinorSubsystemVersion:2 Win32VersionValue:4 SizeOfImage:4 SizeOfHeaders:4 CheckSum:4 Subsystem:2 '
                  f'DllCharacteristics:2 SizeOfStackReserve:{p} SizeOfStackCommit:{p} SizeOfHeapReserve:{p} '
                  f'SizeOfHeapCommit:{p} LoaderFlags:4 NumberOfRvaAndSizes:4')
        self.record(opt, 'opt', fields, {
            'Magic': 0x20b if self.plus else 0x10b, 'SizeOfCode': code.raw_size if code else 0,
            'AddressOfEntryPoint': code.rva if code else 0, 'BaseOfCode': code.rva if code else 0,
            'ImageBase': self.base, 'SectionAlignment': self.sect_align, 'FileAlignment': self.file_align,
            'MajorOperatingSystemVersion': 4, 'MajorSubsystemVersion': 5, 'MinorSubsystemVersion': 2,
            'SizeOfImage': size_of_image, 'SizeOfHeaders': self.head_size, 'Subsystem': 3,
            'SizeOfStackReserve': 0x200000, 'SizeOfStackCommit': 0x1000, 'SizeOfHeapReserve': 0x100000,
            'SizeOfHeapCommit': 0x1000, 'NumberOfRvaAndSizes': n_dirs}, self.opt, self.line)
        for i in range(n_dirs):
            rva, size, line = self.dirs.get(i, (0, 0, self.line))
            self.record(opt, f'dir[{i}]', 'VirtualAddress:4 Size:4', {'VirtualAddress': rva, 'Size': size}, None, line)


FORMATS.update({'coff': Coff, 'bigobj': Coff, 'shortimport': ShortImport, 'pe': Pe})
