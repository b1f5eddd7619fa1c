# Containers of every kind that libarchive reads, nested, and the path syntax that selects inside.
. "${top_srcdir:?}/tests/lib.sh"
need gcc zip tar xz gzip
printf 'int puts(const char *);\nint f(void) { return puts("x"); }\n' >f.c
gcc -c f.c -o f.o || exit 99
mkdir -p d/lib && cp f.o d/lib/f.o && echo text >d/readme
"$OBJKIT" ar rcs d/lib/libf.a f.o
want=$(imports -A -f plain f.o | sed 's/^[^ ]* //')

one() { # NAME FILE ORIGIN: the object is found under this origin
	is "$1" "$(imports -A -f plain "$2" 2>&1 | grep -F "$3: puts")" "$3: puts:-"
}
(cd d && zip -qr ../x.zip lib readme) && one "zip" x.zip x.zip:lib/f.o
one "an archive in a zip" x.zip 'x.zip:lib/libf.a(f.o)'
tar -C d -cf x.tar lib readme && one "tar" x.tar x.tar:lib/f.o
tar -C d -cJf x.tar.xz lib readme && one "tar.xz" x.tar.xz x.tar.xz:lib/f.o
tar -C d -czf x.tar.gz lib readme && one "tar.gz" x.tar.gz x.tar.gz:lib/f.o
(cd d && find lib readme | tar -cf ../names.tar -T -) && one "tar by name list" names.tar names.tar:lib/f.o
gzip -c f.o >f.o.gz && one "a single compressed file" f.o.gz f.o.gz:f.o
xz -c f.o >f.ko.xz && one "a single compressed file, xz" f.ko.xz f.ko.xz:f.ko
if have 7z; then (cd d && 7z a ../x.7z lib readme >/dev/null) && one "7z" x.7z x.7z:lib/f.o
else skip_test "7z" "7z is not installed"; fi
if have cpio; then (cd d && find lib readme | cpio -o -H newc 2>/dev/null) >x.cpio && one "cpio" x.cpio x.cpio:lib/f.o
else skip_test "cpio" "cpio is not installed"; fi
if have dpkg-deb; then
	mkdir -p p/DEBIAN p/usr/lib && cp f.o d/lib/libf.a p/usr/lib
	printf 'Package: p\nVersion: 1\nArchitecture: all\nMaintainer: x <x@y.z>\nDescription: x\n' >p/DEBIAN/control
	dpkg-deb -Zxz --root-owner-group -b p p.deb >/dev/null || exit 99
	one "deb: an archive of compressed tars" p.deb 'p.deb(data.tar.xz):usr/lib/f.o'
	one "deb: and an archive inside" p.deb 'p.deb(data.tar.xz):usr/lib/libf.a(f.o)'
	is "a path selects through three levels" \
		"$(imports -A -f plain p.deb//data.tar.xz//usr/lib/libf.a//f.o 2>&1 | grep puts)" \
		'p.deb(data.tar.xz):usr/lib/libf.a(f.o): puts:-'
else skip_test "deb" "dpkg-deb is not installed"; fi

if have gcab; then (cd d && gcab -c -n ../x.cab lib/f.o lib/libf.a readme) && one "cab" x.cab x.cab:f.o
else skip_test "cab" "gcab is not installed"; fi
if have genisoimage; then genisoimage -quiet -R -o x.iso d 2>/dev/null && one "iso" x.iso x.iso:lib/f.o
else skip_test "iso" "genisoimage is not installed"; fi
if have rpmbuild; then
	cat >x.spec <<-E
	Name: x
	Version: 1
	Release: 1
	Summary: x
	License: x
	%description
	%install
	mkdir -p %{buildroot}/usr/lib; cp $PWD/f.o %{buildroot}/usr/lib
	%files
	/usr/lib/f.o
	E
	rpmbuild -bb --define "_topdir $PWD/rpm" --define '__os_install_post :' --define 'debug_package %{nil}' \
		--define "_rpmdir $PWD" --define '_rpmfilename x.rpm' --define '_build_id_links none' x.spec >rpm.log 2>&1
	one "rpm" x.rpm x.rpm:usr/lib/f.o
else skip_test "rpm" "rpmbuild is not installed"; fi
if have msibuild gcab && [ -s x.cab ]; then
	msibuild x.msi -s title author && msibuild x.msi -a media1.cab x.cab && msibuild x.msi -a Binary.f f.o || exit 99
	cp x.msi whole.msi
	one "msi: a stream" x.msi 'x.msi:Binary.f'
	like "msi: the cabinet inside" "$(imports -A -f plain x.msi)" '^x.msi:media1.cab:(lib/)?f.o: puts:-'
	is "msi: a path selects" "$(imports -A -f plain x.msi//Binary.f)" "x.msi:Binary.f: puts:-"
	status "msi: a path that selects nothing fails" 1 imports x.msi//nope
	head -c 3000 x.msi >cut.msi
	imports cut.msi >out 2>err; is "msi: cut short" "$?" 1
	is "msi: one line about each fault" "$(grep -vc '^imports: cut.msi' err)" 0
else skip_test "msi" "msitools is not installed"; fi

is "a text file in a container is passed over in silence" "$(imports x.zip 2>&1 >/dev/null)" ""
is "a path selects an entry" "$(imports -f plain x.zip//lib/f.o)" "$want"
status "a path that selects nothing fails" 1 imports x.zip//nope
like "and says what was not there" "$(imports x.zip//nope 2>&1)" "x.zip: no entry 'nope'"
status "nothing can be selected inside an object" 1 imports f.o//x
is "a path with // that exists is an ordinary path" "$(imports -f plain d//lib//f.o)" "$want"
is "standard input" "$(imports -f plain - <x.zip | sort -u)" "$(printf '%s\n' "$want" | sort -u)"

# nesting: eight levels are read, nine are not
cp x.zip n.zip
for i in 1 2 3 4 5 6; do mv n.zip in.zip && zip -q n.zip in.zip && rm in.zip; done
ok "seven containers deep" imports n.zip
like "the object there is found" "$(imports -A -f plain n.zip)" 'n.zip:in.zip:.*lib/f.o: puts'
for i in 1 2; do mv n.zip in.zip && zip -q n.zip in.zip && rm in.zip; done
status "nine deep is refused" 1 imports n.zip
like "and the limit is named" "$(imports n.zip 2>&1)" 'nest deeper than 8 levels'

# damage: what is readable is shown, the exit status tells
size=$(wc -c <x.tar.gz)
head -c $((size - 40)) x.tar.gz >cut.tar.gz
status "a truncated container fails" 1 imports cut.tar.gz
like "and is named" "$(imports cut.tar.gz 2>&1 >/dev/null)" 'cut.tar.gz: '
printf 'PK\003\004' >stub.zip
status "a zip of four bytes" 1 imports stub.zip
printf '\320\317\021\340\241\261\032\341' >x.msi
status "a compound file of eight bytes" 1 imports x.msi
like "is named" "$(imports x.msi 2>&1)" '^imports: x.msi: the compound file is damaged$'
dd if=/dev/zero bs=1M count=64 2>/dev/null | gzip -9 >bomb.gz
status "a stream of zeros is no object" 0 imports bomb.gz

# an object that goes on in zeros: 60 MiB are unpacked, 80 are not
grow() { { cat f.o; head -c $(($1 << 20)) /dev/zero; } | gzip -c; }
grow 60 >under.gz && status "60 MiB out of 60 KiB are read" 0 imports under.gz
grow 80 >over.gz && status "80 MiB out of 80 KiB are not" 1 imports over.gz
like "and the limit is named" "$(imports over.gz 2>&1)" 'unpacks to more than [0-9]* bytes, the limit'

# directories
is "a directory is walked in name order, what is no object passed over" \
	"$(imports -A -f plain d 2>&1 | cut -d: -f1 | uniq)" "d/lib/f.o
d/lib/libf.a(f.o)"
ln -s . d/loop && ln -s lib/f.o d/link.o
is "links in a directory are passed over" "$(imports -A -f plain d 2>&1 | cut -d: -f1 | uniq | wc -l)" 2
status "a file that is not there" 1 imports d nothere
done_testing
