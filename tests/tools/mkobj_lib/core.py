"""What all formats share: the language, expressions, bytes with a layout, one output file.

A format is a subclass of File that fills in chunks (runs of bytes whose sizes are known at once and
whose values are computed after the layout), and a row in FORMATS."""
import re


class Err(Exception):
    pass


def fail(line, text):
    raise Err(f'{line}: {text}')


# ---- constants -----------------------------------------------------------------------------------

C = {}


def const(prefix, text):
    """'A B=7 C' -> PREFIX_A=0, PREFIX_B=7, PREFIX_C=8"""
    n = 0
    for w in text.split():
        if '=' in w:
            w, v = w.split('=')
            n = int(v, 0)
        C[prefix + w] = n
        n += 1


const('ET_', 'NONE REL EXEC DYN CORE')
const('EM_', 'NONE M32 SPARC 386 68K 88K MIPS=8 PARISC=15 SPARC32PLUS=18 PPC=20 PPC64 S390 ARM=40 ALPHA '
      'SH SPARCV9 IA_64=50 X86_64=62 AVR=83 MSP430=105 AARCH64=183 RISCV=243 BPF=247 CSKY=252 LOONGARCH=258')
const('SHT_', 'NULL PROGBITS SYMTAB STRTAB RELA HASH DYNAMIC NOTE NOBITS REL SHLIB DYNSYM INIT_ARRAY=14 '
      'FINI_ARRAY PREINIT_ARRAY GROUP SYMTAB_SHNDX RELR GNU_HASH=0x6ffffff6 GNU_VERDEF=0x6ffffffd '
      'GNU_VERNEED GNU_VERSYM LLVM_ADDRSIG=0x6fff4c03 X86_64_UNWIND=0x70000001')
const('SHN_', 'UNDEF ABS=0xfff1 COMMON XINDEX=0xffff')
const('STB_', 'LOCAL GLOBAL WEAK GNU_UNIQUE=10')
const('STT_', 'NOTYPE OBJECT FUNC SECTION FILE COMMON TLS GNU_IFUNC=10')
const('STV_', 'DEFAULT INTERNAL HIDDEN PROTECTED')
const('PT_', 'NULL LOAD DYNAMIC INTERP NOTE SHLIB PHDR TLS GNU_EH_FRAME=0x6474e550 GNU_STACK GNU_RELRO GNU_PROPERTY')
const('DT_', 'NULL NEEDED PLTRELSZ PLTGOT HASH STRTAB SYMTAB RELA RELASZ RELAENT STRSZ SYMENT INIT FINI SONAME '
      'RPATH SYMBOLIC REL RELSZ RELENT PLTREL DEBUG TEXTREL JMPREL BIND_NOW INIT_ARRAY FINI_ARRAY '
      'INIT_ARRAYSZ FINI_ARRAYSZ RUNPATH FLAGS GNU_HASH=0x6ffffef5 VERSYM=0x6ffffff0 RELACOUNT=0x6ffffff9 '
      'RELCOUNT FLAGS_1 VERDEF VERDEFNUM VERNEED VERNEEDNUM AUXILIARY=0x7ffffffd FILTER=0x7fffffff')
const('R_X86_64_', 'NONE 64 PC32 GOT32 PLT32 COPY GLOB_DAT JUMP_SLOT RELATIVE GOTPCREL 32 32S 16 PC16 8 PC8 '
      'DTPMOD64 DTPOFF64 TPOFF64 TLSGD TLSLD DTPOFF32 GOTTPOFF TPOFF32 PC64 GOTOFF64 GOTPC32 GOT64 GOTPCREL64 '
      'GOTPC64 GOTPLT64 PLTOFF64 SIZE32 SIZE64 GOTPC32_TLSDESC TLSDESC_CALL TLSDESC IRELATIVE RELATIVE64 '
      'GOTPCRELX=41 REX_GOTPCRELX')
const('R_386_', 'NONE 32 PC32 GOT32 PLT32 COPY GLOB_DAT JUMP_SLOT RELATIVE GOTOFF GOTPC')
const('R_AARCH64_', 'NONE ABS64=257 ABS32 ABS16 PREL64 PREL32 PREL16 ADR_PREL_PG_HI21=275 ADD_ABS_LO12_NC=277 '
      'JUMP26=282 CALL26 LDST64_ABS_LO12_NC=286')
const('IMAGE_FILE_MACHINE_', 'UNKNOWN I386=0x14c R4000=0x166 ARM=0x1c0 THUMB=0x1c2 ARMNT=0x1c4 POWERPC=0x1f0 '
      'IA64=0x200 ALPHA64=0x284 EBC=0xebc RISCV64=0x5064 AMD64=0x8664 ARM64EC=0xa641 ARM64X=0xa64e ARM64=0xaa64')
const('IMAGE_REL_AMD64_', 'ABSOLUTE ADDR64 ADDR32 ADDR32NB REL32 REL32_1 REL32_2 REL32_3 REL32_4 REL32_5 SECTION '
      'SECREL SECREL7 TOKEN SREL32 PAIR SSPAN32')
const('IMAGE_REL_I386_', 'ABSOLUTE DIR16 REL16 DIR32=6 DIR32NB SEG12=9 SECTION SECREL TOKEN SECREL7 REL32=20')
const('IMAGE_REL_ARM64_', 'ABSOLUTE ADDR32 ADDR32NB BRANCH26 PAGEBASE_REL21 REL21 PAGEOFFSET_12A PAGEOFFSET_12L '
      'SECREL SECREL_LOW12A SECREL_HIGH12A SECREL_LOW12L TOKEN SECTION ADDR64 BRANCH19 BRANCH14 REL32')
const('IMAGE_SYM_CLASS_', 'NULL AUTOMATIC EXTERNAL STATIC REGISTER EXTERNAL_DEF LABEL UNDEFINED_LABEL '
      'FUNCTION=101 END_OF_STRUCT FILE SECTION WEAK_EXTERNAL')
const('IMAGE_DIR_', 'EXPORT IMPORT RESOURCE EXCEPTION SECURITY BASERELOC DEBUG ARCHITECTURE GLOBALPTR TLS LOAD_CONFIG '
      'BOUND_IMPORT IAT DELAY_IMPORT CLR')
const('IMAGE_SUBSYSTEM_', 'UNKNOWN NATIVE WINDOWS_GUI WINDOWS_CUI')
const('CPU_', 'X86=7 ARM=12 SPARC=14 POWERPC=18 X86_64=0x1000007 ARM64=0x100000c POWERPC64=0x1000012 '
      'ARM64_32=0x200000c')
const('MH_', 'OBJECT=1 EXECUTE FVMLIB CORE PRELOAD DYLIB DYLINKER BUNDLE DYLIB_STUB DSYM KEXT_BUNDLE FILESET')
const('LC_', 'SEGMENT=1 SYMTAB SYMSEG THREAD UNIXTHREAD DYSYMTAB=11 LOAD_DYLIB ID_DYLIB LOAD_DYLINKER ID_DYLINKER '
      'LOAD_WEAK_DYLIB=0x80000018 SEGMENT_64=0x19 UUID=0x1b RPATH=0x8000001c CODE_SIGNATURE=0x1d '
      'REEXPORT_DYLIB=0x8000001f LAZY_LOAD_DYLIB=0x20 ENCRYPTION_INFO DYLD_INFO DYLD_INFO_ONLY=0x80000022 '
      'LOAD_UPWARD_DYLIB=0x80000023 VERSION_MIN_MACOSX=0x24 FUNCTION_STARTS=0x26 MAIN=0x80000028 '
      'DATA_IN_CODE=0x29 SOURCE_VERSION LINKER_OPTION=0x2d BUILD_VERSION=0x32 '
      'DYLD_EXPORTS_TRIE=0x80000033 DYLD_CHAINED_FIXUPS')
const('N_', 'UNDF=0 EXT ABS INDR=10 PBUD=12 SECT=14 PEXT=16')
const('X86_64_RELOC_', 'UNSIGNED SIGNED BRANCH GOT_LOAD GOT SUBTRACTOR SIGNED_1 SIGNED_2 SIGNED_4 TLV')
const('ARM64_RELOC_', 'UNSIGNED SUBTRACTOR BRANCH26 PAGE21 PAGEOFF12 GOT_LOAD_PAGE21 GOT_LOAD_PAGEOFF12 '
      'POINTER_TO_GOT TLVP_LOAD_PAGE21 TLVP_LOAD_PAGEOFF12 ADDEND')
const('GENERIC_RELOC_', 'VANILLA PAIR SECTDIFF PB_LA_PTR LOCAL_SECTDIFF TLV')

MACHO_RELOCS = ('X86_64_RELOC_', 'ARM64_RELOC_', 'GENERIC_RELOC_')
COFF_RELOCS = ('IMAGE_REL_AMD64_', 'IMAGE_REL_I386_', 'IMAGE_REL_ARM64_')
COFF_ALIASES = {'X86_64': 0x8664, 'I386': 0x14c, 'ARM64': 0xaa64, 'AARCH64': 0xaa64}

# ---- the text ------------------------------------------------------------------------------------


class Word(str):
    """One word: text, whether it was quoted (then never an expression), its key in key=value."""
    key = None
    quoted = False


class Node:
    """One line: its words, and the lines of the { block } after it (None: no block)."""

    def __init__(self, line, words):
        self.line, self.words, self.block = line, words, None

    def plain(self):
        return [w for w in self.words[1:] if w.key is None]

    def keys(self):
        return {w.key: w for w in self.words[1:] if w.key is not None}


TOKEN = re.compile(r'''(?P<ws>[ \t\r]+|\\\n|\#[^\n]*)|(?P<nl>[\n;])|(?P<open>\{)|(?P<close>\})
    |(?P<word>(?P<key>[A-Za-z_][\w.]*=)?(?:"(?P<q>(?:[^"\\\n]|\\.)*)"|(?P<b>[^\s"{};]+)))''', re.X)


def unquote(s, line):
    try:
        return re.sub(rb'\\(x[0-9a-fA-F]{2}|.)', lambda m: {b'n': b'\n', b't': b'\t', b'r': b'\r', b'0': b'\0',
                      b'\\': b'\\', b'"': b'"'}.get(m[1]) or bytes([int(m[1][1:], 16)]),
                      s.encode('utf-8')).decode('latin-1')
    except ValueError:
        fail(line, f'bad escape in "{s}"')


def parse(text):
    top, stack, line, cur = [], [], 1, None
    here, pos = top, 0
    while pos < len(text):
        m = TOKEN.match(text, pos)
        if not m:
            fail(line, f'cannot read {text[pos:pos + 20]!r}')
        pos = m.end()
        kind = m.lastgroup if m['word'] is None else 'word'
        if kind == 'word':
            body = unquote(m['q'], line) if m['q'] is not None else m['b'].encode().decode('latin-1')
            w = Word(body)
            w.quoted = m['q'] is not None
            w.key = m['key'][:-1] if m['key'] else None
            if cur is None:
                cur = Node(line, [])
                here.append(cur)
            cur.words.append(w)
        elif kind == 'nl':
            cur = None
        elif kind == 'open':
            if cur is None:
                fail(line, '"{" belongs at the end of a line')
            cur.block = []
            stack.append((here, line))
            here, cur = cur.block, None
        elif kind == 'close':
            if not stack:
                fail(line, 'unexpected "}"')
            here, cur = stack.pop()[0], None
        line += text.count('\n', m.start(), m.end())
    if stack:
        fail(stack[-1][1], 'this "{" is never closed')
    return top


# ---- expressions ---------------------------------------------------------------------------------

EXPR = re.compile(r"\s*(?:(0[xX][0-9a-fA-F]+|\d+)|('.')|([A-Za-z_.$?@#][\w.$?@#,]*)|(<<|>>|[-+*/%()&|^~]))")


class Eval:
    """Evaluates TEXT; LOOKUP(function name or None, name) gives a name's value."""
    LEVELS = (('|',), ('^',), ('&',), ('<<', '>>'), ('+', '-'), ('*', '/', '%'))

    def __init__(self, text, line, lookup):
        self.line, self.lookup, self.text, self.toks = line, lookup, text, []
        pos = 0
        while pos < len(text):
            m = EXPR.match(text, pos)
            if not m:
                fail(line, f'bad expression "{text}"')
            self.toks.append(m)
            pos = m.end()
        self.i = 0
        if not text:
            fail(line, 'an expression is missing')

    def value(self):
        v = self.binary(0)
        if self.i < len(self.toks):
            fail(self.line, f'bad expression "{self.text}"')
        return v

    def peek(self):
        return self.toks[self.i][4] if self.i < len(self.toks) else None

    def binary(self, level):
        if level == len(self.LEVELS):
            return self.unary()
        v = self.binary(level + 1)
        while self.peek() in self.LEVELS[level]:
            op = self.peek()
            self.i += 1
            r = self.binary(level + 1)
            if op in '/%' and r == 0:
                fail(self.line, 'division by zero')
            v = {'|': lambda: v | r, '^': lambda: v ^ r, '&': lambda: v & r, '<<': lambda: v << (r & 127),
                 '>>': lambda: v >> (r & 127), '+': lambda: v + r, '-': lambda: v - r, '*': lambda: v * r,
                 '/': lambda: v // r, '%': lambda: v % r}[op]()
        return v

    def unary(self):
        if self.i >= len(self.toks):
            fail(self.line, f'bad expression "{self.text}"')
        num, char, name, op = self.toks[self.i].groups()
        self.i += 1
        if num:
            return int(num, 0) if num[:2] in ('0x', '0X') else int(num)
        if char:
            return ord(char[1])
        if op in ('-', '~', '+'):
            v = self.unary()
            return -v if op == '-' else ~v if op == '~' else v
        if op == '(':
            v = self.binary(0)
            return self.expect_close(v)
        if name:
            if self.peek() != '(':
                return self.lookup(None, name, self.line)
            self.i += 1
            depth, start = 1, self.toks[self.i - 1].end()
            while self.i < len(self.toks) and self.peek() != ')':
                self.i += 1
            if self.i >= len(self.toks):
                fail(self.line, f'")" is missing in "{self.text}"')
            arg = self.text[start:self.toks[self.i].start()].strip()
            self.i += 1
            return self.lookup(name, arg, self.line)
        fail(self.line, f'bad expression "{self.text}"')

    def expect_close(self, v):
        if self.peek() != ')':
            fail(self.line, f'")" is missing in "{self.text}"')
        self.i += 1
        return v


# ---- bytes with a layout -------------------------------------------------------------------------


def leb(v, signed):
    out = bytearray()
    while True:
        b = v & 0x7f
        v >>= 7
        if (not signed and v == 0) or (signed and (v == 0 and not b & 0x40 or v == -1 and b & 0x40)):
            out.append(b)
            return bytes(out)
        out.append(b | 0x80)


class Chunk:
    """A run of bytes: items whose sizes are known and whose values are computed after the layout."""

    def __init__(self, name, align=1):
        self.name, self.align, self.items, self.len = name, align, [], 0
        self.off = self.rva = self.idx = None
        self.size = None      # what size() says, if not the length
        self.labels = {}

    def raw(self, data):
        self.items.append(data)
        self.len += len(data)

    def num(self, width, expr, line):
        self.items.append((width, expr, line))
        self.len += width

    def pad(self, n, byte=b'\0'):
        self.raw(byte * (-self.len % n))


class File:
    """One output file: chunks in file order, overrides ("set"), and the directives all formats share."""
    byteorder = 'little'
    base = 0

    def __init__(self, node, nodes):
        self.node, self.nodes, self.line = node, nodes, node.line
        self.sets, self.patches, self.chunks, self.named, self.cur = {}, [], [], {}, None
        self.defined = []     # names of global definitions, for an archive's index
        self.symnames = {}    # name -> index, for sym()

    # names in expressions
    def lookup(self, fn, name, line):
        if fn is None:
            for p in ('',) + self.prefixes:
                if p + name in C:
                    return C[p + name]
            fail(line, f'unknown name "{name}" (a place is off(X), rva(X), va(X), size(X), idx(X) or sym(X))')
        if fn == 'sym':
            if name not in self.symnames:
                fail(line, f'no symbol "{name}"')
            return self.symnames[name]
        c, delta = self.place(name, line)
        if fn == 'size':
            return c.size if c.size is not None else c.len
        if fn == 'idx':
            if c.idx is None:
                fail(line, f'"{name}" is no section')
            return c.idx
        if fn in ('off', 'end'):
            if c.off is None:
                fail(line, f'"{name}" has no place in the file')
            return c.off + (c.len if fn == 'end' else delta)
        if fn in ('rva', 'va'):
            if c.rva is None:
                fail(line, f'"{name}" has no address')
            return c.rva + delta + (self.base if fn == 'va' else 0)
        fail(line, f'unknown function "{fn}()"')

    prefixes = ()

    def place(self, name, line):
        if name in self.named:
            return self.named[name], 0
        for c in self.named.values():
            if name in c.labels:
                return c, c.labels[name]
        fail(line, f'no section, record or label "{name}"')

    def ev(self, expr, line=None):
        return expr if isinstance(expr, int) else Eval(expr, line or self.line, self.lookup).value()

    def now(self, expr, line, prefix=''):
        """a value that must be known before the layout"""
        if isinstance(expr, int):
            return expr
        if prefix and prefix + expr in C:
            return C[prefix + expr]
        return self.ev(expr, line)

    # building
    def chunk(self, name, align=1):
        c = Chunk(name, align)
        self.named.setdefault(name, c)
        return c

    def record(self, c, name, fields, values, overrides=None, line=None):
        """Appends a struct: FIELDS 'name:width ...', VALUES by name (default 0), then the overrides of
        its own line, then those of "set NAME"."""
        v = dict(values)
        lines = {}
        alias = {}
        for k, w in list((overrides or {}).items()) + list(self.sets.get(name, {}).items()):
            v[k] = w
            lines[k] = getattr(w, 'line', line)
        for f in fields.split():
            fname, width = f.split(':')
            alias[fname] = width
        for k in v:
            if k not in alias:
                fail(lines.get(k) or line or self.line, f'{name} has no field "{k}" (it has: {", ".join(alias)})')
        self.used.add(name)
        for fname, width in alias.items():
            x = v.get(fname, 0)
            if width[0] == 's':
                n = int(width[1:])
                b = x.encode('latin-1') if isinstance(x, str) else x.to_bytes(n, 'little') if x else b''
                c.raw(b[:n] + b'\0' * (n - len(b)))
            else:
                c.num(int(width), x, lines.get(fname) or line or self.line)

    def contents(self, n):
        """A line of contents for the current chunk; False if it is none."""
        op, args, c = n.words[0], n.words[1:], self.cur
        order = None
        if op in ('bytes', 'u8', 'u16', 'u32', 'u64', 'uleb', 'sleb', 'ascii', 'asciz', 'zero', 'fill', 'align',
                  'label', 'file'):
            if c is None:
                fail(n.line, f'"{op}" needs a section or data line before it')
        else:
            return False
        if op == 'bytes':
            try:
                c.raw(bytes.fromhex(''.join(args)))
            except ValueError:
                fail(n.line, 'bytes: hexadecimal digits in pairs, please')
        elif op[0] == 'u' and op[1:].isdigit():
            for a in args:
                c.num(int(op[1:]) // 8, str(a), n.line)
        elif op in ('uleb', 'sleb'):
            for a in args:
                c.raw(leb(self.ev(str(a), n.line), op == 'sleb'))
        elif op in ('ascii', 'asciz'):
            for a in args:
                c.raw(a.encode('latin-1') + (b'\0' if op == 'asciz' else b''))
        elif op in ('zero', 'fill'):
            count = self.ev(str(args[0]), n.line) if args else fail(n.line, f'{op} COUNT')
            byte = self.ev(str(args[1]), n.line) if len(args) > 1 else 0
            if not 0 <= count <= 1 << 30:
                fail(n.line, f'{op}: {count} bytes?')
            c.raw(bytes([byte & 255]) * count)
        elif op == 'align':
            c.pad(self.ev(str(args[0]), n.line))
        elif op == 'label':
            for a in args:
                c.labels[str(a)] = c.len
        elif op == 'file':
            for a in args:
                with open(a, 'rb') as f:
                    c.raw(f.read())
        return True

    def common(self, n):
        op = n.words[0]
        if op == 'set':
            if len(n.words) < 2:
                fail(n.line, 'set RECORD FIELD=VALUE...')
            for k, v in n.keys().items():
                w = Word(v)
                w.line = n.line
                w.quoted = v.quoted
                self.sets.setdefault(str(n.words[1]), {})[k] = w
        elif op in ('patch', 'truncate', 'append'):
            self.patches.append(n)
        elif op == 'data':
            self.start_data(n)
        elif not self.contents(n):
            fail(n.line, f'unknown word "{op}" in {self.node.words[0]}')

    def start_data(self, n):
        """data NAME: bytes after everything else, to be pointed at by off(NAME)"""
        if len(n.words) < 2:
            fail(n.line, 'data NAME')
        self.cur = self.chunk(str(n.words[1]), self.now(n.keys().get('align', 1), n.line))
        self.datas.append(self.cur)

    def build(self):
        self.used, self.datas = set(), []
        for n in self.nodes:
            if n.words[0] == 'set':
                self.common(n)
        for n in self.nodes:
            if n.words[0] != 'set':
                self.directive(n)
        self.finish()
        for k in self.sets:
            if k not in self.used:
                some = next(iter(self.sets[k].values()))
                fail(some.line, f'set: no record "{k}" (there are: {", ".join(sorted(self.used))})')
        out = self.emit()
        return self.apply_patches(out)

    def layout(self, start=0):
        pos = start
        for c in self.chunks:
            if c.off is None:
                pos += -pos % max(c.align, 1)
                c.off = pos
            pos = max(pos, c.off + c.len)
        return pos

    def number(self, width, expr, line):
        v = self.ev(expr, line)
        if not -(1 << (8 * width - 1)) <= v < 1 << (8 * width):
            fail(line, f'{v:#x} does not fit in {width} bytes')
        return (v & ((1 << (8 * width)) - 1)).to_bytes(width, self.byteorder)

    def emit(self):
        out = bytearray()
        for c in self.chunks:
            b = b''.join(i if isinstance(i, bytes) else self.number(*i) for i in c.items)
            if len(out) < c.off:
                out += b'\0' * (c.off - len(out))
            out[c.off:c.off + len(b)] = b
        return out

    def apply_patches(self, out):
        for n in self.patches:
            op, args = n.words[0], [str(w) for w in n.words[1:]]
            if op == 'truncate':
                size = self.ev(args[0] if args else '', n.line)
                del out[size if size >= 0 else max(len(out) + size, 0):]
                continue
            at = len(out)
            if op == 'patch':
                at = self.ev(args.pop(0) if args else '', n.line)
            tmp, self.cur = self.cur, Chunk('patch')
            sub = Node(n.line, n.words[2 if op == 'patch' else 1:])
            if not sub.words or not self.contents(sub):
                fail(n.line, f'{op}: bytes, u8..u64, ascii, asciz, zero, fill … expected')
            b = b''.join(i if isinstance(i, bytes) else self.number(*i) for i in self.cur.items)
            self.cur = tmp
            if not 0 <= at <= len(out):
                fail(n.line, f'patch at {at:#x}: the file has {len(out):#x} bytes')
            out[at:at + len(b)] = b
        return bytes(out)


class Raw(File):
    """raw [be]: contents only"""

    def directive(self, n):
        if not self.datas:
            self.byteorder = 'big' if 'be' in self.node.plain() else 'little'
            self.start_data(Node(n.line, [Word('data'), Word('all')]))
        self.common(n)

    def finish(self):
        self.chunks = self.datas
        self.layout()


class Strings:
    """A string table being filled: add() gives an offset."""

    def __init__(self, first=b'\0'):
        self.b, self.at = bytearray(first), {}

    def add(self, s):
        s = str(s)
        if s not in self.at:
            self.at[s] = len(self.b)
            self.b += s.encode('latin-1') + b'\0'
        return self.at[s]


class Take:
    """The key=value words of a line: known ones are taken, the rest are field overrides."""

    def __init__(self, node):
        self.node, self.k = node, {}
        for key, w in node.keys().items():
            w.line = node.line
            self.k[key] = w

    def get(self, name, default=None):
        return self.k.pop(name, default)


# ---- descriptions ---------------------------------------------------------------------------------

FORMATS = {'raw': Raw}    # the formats' modules add theirs


def describe(nodes, line):
    """nodes of one description -> bytes, names defined, the File"""
    if not nodes:
        fail(line, 'an empty description')
    head = nodes[0]
    cls = FORMATS.get(str(head.words[0]))
    if cls is None:
        fail(head.line, f'unknown format "{head.words[0]}" (one of: {" ".join(FORMATS)})')
    f = cls(head, nodes[1:])
    return f.build(), f.defined, f


def inner_file(n):
    """what a member or slice line holds: a { description }, text="...", or file=PATH"""
    k = n.keys()
    if n.block is not None:
        return describe(n.block, n.line)
    if 'text' in k:
        return k['text'].encode('latin-1'), [], None
    if 'file' in k:
        with open(k['file'], 'rb') as f:
            return f.read(), [], None
    return b'', [], None
