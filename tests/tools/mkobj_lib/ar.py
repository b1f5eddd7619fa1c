"""Archives of every dialect."""
from .core import FORMATS, Chunk, File, Strings, Take, fail, inner_file


class Ar(File):
    """ar [gnu|gnu64|bsd|darwin|darwin64|coff|thin] [noindex] [magic="..."]
    member NAME [syms=a,b] [ar_name= ar_date= ar_uid= ar_gid= ar_mode= ar_size= ar_fmag=] { description } | text= | file="""
    KINDS = ('gnu', 'gnu64', 'bsd', 'darwin', 'darwin64', 'coff', 'thin')

    def __init__(self, node, nodes):
        super().__init__(node, nodes)
        p = node.plain()
        self.kind = next((str(w) for w in p if w in self.KINDS), 'gnu')
        for w in p:
            if w not in self.KINDS and w != 'noindex':
                fail(node.line, f'ar: what is "{w}"? ({" ".join(self.KINDS)} noindex)')
        self.index = 'noindex' not in p
        self.members = []

    def directive(self, n):
        if n.words[0] == 'member':
            self.members.append(n)
        else:
            self.common(n)

    FIELDS = 'ar_name:16 ar_date:12 ar_uid:6 ar_gid:6 ar_mode:8 ar_size:10 ar_fmag:2'

    def header(self, name, size, record, keys, line):
        v = {'ar_name': name, 'ar_date': '0', 'ar_uid': '0', 'ar_gid': '0', 'ar_mode': '644', 'ar_size': str(size),
             'ar_fmag': '`\n'}
        own = {**keys, **self.sets.get(record, {})}
        self.used.add(record)
        names = [f.split(':')[0] for f in self.FIELDS.split()]
        for k in own:
            if k not in names:
                fail(line, f'{record} has no field "{k}" (it has: {", ".join(names)})')
            v[k] = str(own[k])
        out = b''
        for f in self.FIELDS.split():
            k, width = f.split(':')
            b = v[k].encode('latin-1')
            if len(b) > int(width):
                fail(line, f'{k}: "{v[k]}" is longer than {width} characters')
            out += b.ljust(int(width))
        return out

    def finish(self):
        long_names, rows = Strings(b''), []
        bsd, darwin = self.kind == 'bsd', self.kind.startswith('darwin')
        for i, n in enumerate(self.members):
            t = Take(n)
            data, names, _ = inner_file(n)
            for k in ('text', 'file'):
                t.get(k)
            syms = t.get('syms')
            names = [s for s in syms.split(',') if s] if syms is not None else names
            name = str(n.plain()[0]) if n.plain() else ''
            prefix = b''
            if bsd or darwin:
                raw = name.encode('latin-1')
                if darwin or len(raw) > 16 or b' ' in raw:
                    if darwin:
                        raw = raw.ljust(len(raw) + 1 + (-(len(raw) + 1) % 8), b'\0')
                        data += b'\n' * (-len(data) % 8)
                    prefix, name = raw, f'#1/{len(raw)}'
            elif self.kind == 'thin' or len(name) > 15:
                if name not in long_names.at:
                    long_names.at[name] = len(long_names.b)
                    long_names.b += name.encode('latin-1') + (b'\0' if self.kind == 'coff' else b'/\n')
                name = f'/{long_names.at[name]}'
            else:
                name += '/'
            rows.append((n, name, prefix + data, names, t.k))
        out = Chunk('all')
        magic = self.node.keys().get('magic')
        out.raw(magic.encode('latin-1') if magic is not None else b'!<thin>\n' if self.kind == 'thin' else b'!<arch>\n')
        index = [self.index_bytes(rows, None)] if self.index else []
        extra = sum(60 + len(b) + len(b) % 2 for _, b in index[0]) if index else 0
        lnames = bytes(long_names.b)
        if lnames:
            extra += 60 + len(lnames) + len(lnames) % 2
        offs, pos = [], out.len + extra
        for n, name, data, names, keys in rows:
            offs.append(pos)
            if self.kind != 'thin':
                pos += len(data) + len(data) % 2
            pos += 60
        if self.index:
            for k, (name, b) in enumerate(self.index_bytes(rows, offs)):
                self.put(out, name, b, f'index[{k}]', {}, self.line)
        if lnames:
            self.put(out, '//', lnames, 'names', {}, self.line)
        for i, (n, name, data, names, keys) in enumerate(rows):
            self.put(out, name, data, f'member[{i}]', keys, n.line)
        self.chunks = [out] + self.datas
        for n, name, data, names, keys in rows:
            self.defined += names
        self.layout()

    def put(self, out, name, data, record, keys, line):
        out.labels[record] = out.len
        out.raw(self.header(name, len(data), record, keys, line))
        out.labels[record + '.data'] = out.len
        if self.kind == 'thin' and name != '/' and name != '//':
            return
        out.raw(data)
        if len(data) % 2:
            out.raw(b'\n')

    def index_bytes(self, rows, offs):
        """[(member name, bytes)] of the symbol index; OFFS None: only the size counts"""
        pairs = [(s, offs[i] if offs else 0, i) for i, r in enumerate(rows) for s in r[3]]
        names = b''.join(s.encode('latin-1') + b'\0' for s, _, _ in pairs)
        if self.kind in ('gnu', 'thin', 'coff', 'gnu64'):
            w = 8 if self.kind == 'gnu64' else 4
            b = len(pairs).to_bytes(w, 'big') + b''.join(o.to_bytes(w, 'big') for _, o, _ in pairs) + names
            first = ('/SYM64/' if w == 8 else '/', b)
            if self.kind != 'coff':
                return [first]
            order = sorted(pairs, key=lambda p: p[0].encode('latin-1'))
            b2 = len(rows).to_bytes(4, 'little') + b''.join((o if offs else 0).to_bytes(4, 'little')
                                                           for o in (offs or [0] * len(rows)))
            b2 += len(pairs).to_bytes(4, 'little') + b''.join((i + 1).to_bytes(2, 'little') for _, _, i in order)
            return [first, ('/', b2 + b''.join(s.encode('latin-1') + b'\0' for s, _, _ in order))]
        w = 8 if self.kind == 'darwin64' else 4
        pairs.sort(key=lambda p: p[0].encode('latin-1'))
        tab, ran = b'', b''
        for s, o, _ in pairs:
            ran += len(tab).to_bytes(w, 'little') + o.to_bytes(w, 'little')
            tab += s.encode('latin-1') + b'\0'
        tab += b'\0' * (-len(tab) % w)
        b = len(ran).to_bytes(w, 'little') + ran + len(tab).to_bytes(w, 'little') + tab
        if self.kind == 'bsd':
            return [('__.SYMDEF', b)]
        name = b'__.SYMDEF_64 SORTED' if w == 8 else b'__.SYMDEF SORTED'
        name = name.ljust(len(name) + 1 + (-(len(name) + 1) % 8), b'\0')
        b += b'\n' * (-len(b) % 8)
        return [(f'#1/{len(name)}', name + b)]


FORMATS.update({'ar': Ar})
