#!/bin/sh
# Options, messages and exit codes (spec: GNU nm's, but an unknown format or radix is an error).
. "${top_srcdir:?}/tests/lib.sh"
F=$top_srcdir/tests/files
o=$F/good-elf-x86_64.o
status "--help" 0 nm --help
status "--version" 0 nm --version
like "--version names the program" "$(nm -V)" '^objkit nm '
status "an unknown option" 1 nm --frobnicate "$o"
status "an unknown short option" 1 nm -q "$o"
status "an unknown format" 1 nm -f wrong "$o"
is "prints nothing" "$(nm -f wrong "$o" 2>/dev/null)" ""
status "an unknown radix" 1 nm -t 7 "$o"
status "a radix by number" 1 nm --radix=8 "$o"
is "--size-sort with -u, in GNU's words" "$(nm --size-sort -u "$o" 2>&1)" "nm: Using the --size-sort and --undefined-only options together
nm: will produce no output, since undefined symbols have no size."
status "-u with -U" 1 nm -u -U "$o"
like "-u with -U says why" "$(nm -u -U "$o" 2>&1)" 'exclude each other'
is "long options may be abbreviated" "$(nm --def "$o")" "$(nm -U "$o")"
is "-U takes no argument" "$(nm -U "$o")" "$(nm --defined-only "$o")"
is "--format=posix is -P" "$(nm --format=posix "$o")" "$(nm -P "$o")"
is "the first letter of a format is enough" "$(nm -fp "$o")" "$(nm -P "$o")"
is "-o is -A" "$(nm -o "$o")" "$(nm -A "$o")"
is "-o is octal for POSIX" "$(POSIXLY_CORRECT=1 "$OBJKIT" nm -o "$o")" "$(nm -t o "$o")"
is "-v is -n" "$(nm -v "$o")" "$(nm -n "$o")"
is "clusters of options" "$(nm -gSn "$o")" "$(nm -g -S -n "$o")"
is "--plugin, --target, -e and -X 32_64 are accepted" "$(nm --plugin X --target=Y -e -X 32_64 "$o")" "$(nm "$o")"
is "-X 32 leaves 64-bit objects out" "$(nm -X 32 "$o")" ""
is "-X 64 keeps them" "$(nm -X 64 "$o")" "$(nm "$o")"
status "-X with anything else" 1 nm -X 16 "$o"
status "--threads 0" 1 nm --threads=0 "$o"
printf '%s\n' "-g \"$o\"" >rsp
is "@file" "$(nm @rsp)" "$(nm -g "$o")"
cp "$o" a.out
is "a.out by default" "$(nm)" "$(nm "$o")"
is "standard input" "$(nm - <"$o")" "$(nm "$o")"

status "a file that is missing" 1 nm nowhere
is "is named, in GNU's words" "$(nm nowhere 2>&1)" "nm: 'nowhere': No such file"
status "a directory" 1 nm .
like "a directory's message" "$(nm . 2>&1)" "^nm: Warning: '\.' is a directory"
: >empty
status "an empty file" 1 nm empty
like "an empty file's message" "$(nm empty 2>&1)" '^nm: empty: '
echo text >text.txt
status "a text file" 1 nm text.txt
like "a text file's message" "$(nm text.txt 2>&1)" 'text.txt: file format not recognized'
like "/dev/null is named (libtool asks)" "$(nm -B /dev/null 2>&1)" '/dev/null'
status "the other files are still listed" 1 nm nowhere "$o"
like "after a bad one" "$(nm nowhere "$o" 2>/dev/null)" ' T '
is "two files have headings" "$(nm -j "$o" "$o" | wc -l)" "$(($(nm -j "$o" | wc -l) * 2))"
like "with the file's name" "$(nm "$o" "$o")" "^$o:\$"

mkobj - >nosym.o <<'E'
elf64 machine=X86_64 type=REL
section .text
  bytes 90
E
status "no symbols" 0 nm nosym.o
like "is said" "$(nm nosym.o 2>&1)" '^nm: nosym.o: no symbols'
is "but not with --quiet" "$(nm --quiet nosym.o 2>&1)" ""

cp "$o" m.o
ar rc mixed.a m.o text.txt
status "an archive's other members are passed over" 0 nm mixed.a
unlike "in silence" "$(nm mixed.a 2>&1)" 'text.txt'
like "unless --verbose" "$(nm --verbose mixed.a 2>&1)" 'mixed.a\(text.txt\): file format not recognized'
if [ -w /dev/full ]; then
	status "a full disk" 1 sh -c '"$OBJKIT" nm "$1" >/dev/full' sh "$o"
else
	skip_test "a full disk" "no /dev/full"
fi
if have gcc nm; then
	gnu=$(peer nm)
	printf '.globl "h\303\244", "x\342\202\254y\377"\n"h\303\244": "x\342\202\254y\377": nop\n' >un.s
	gcc -c un.s -o un.o || exit 99
	for u in default locale hex x invalid i escape e highlight h; do
		"$gnu" --unicode=$u un.o >want; nm --unicode=$u un.o >got; same "--unicode=$u as GNU nm" got want
	done
	status "--unicode with anything else" 1 nm --unicode=zzz un.o
	printf '.globl f, k\n.type f,@gnu_indirect_function\nf: ret\n.type g,@gnu_indirect_function\ng: ret\nk: ret\n' >if.s
	gcc -c if.s -o if.o || exit 99
	for c in F Fg; do
		"$gnu" --ifunc-chars=$c if.o >want; nm --ifunc-chars=$c if.o >got; same "--ifunc-chars=$c as GNU nm" got want
	done
else skip_test "--unicode, --ifunc-chars" "no gcc or nm"; fi
# --arch: of a universal file, or what a Mach-O file has to be; other formats do not ask
fat=$F/good-fat.o x=$F/good-macho-x86_64.o a=$F/good-macho-arm64.o
is "--arch=arm64 of a universal file" "$(nm --arch=arm64 "$fat")" "$(nm "$a")"
is "--arch=x86_64" "$(nm --arch=x86_64 "$fat")" "$(nm "$x")"
is "--arch=all heads each" "$(nm --arch=all "$fat" | sed -n 's/.*(for architecture \(.*\)):$/\1/p' | xargs)" "x86_64 arm64"
is "two --arch head each too" "$(nm --arch arm64 --arch=x86_64 "$fat")" "$(nm --arch=all "$fat")"
status "one that it has not" 1 nm --arch=i386 "$fat"
is "is named" "$(cat tap.err)" "nm: $fat: no architecture 'i386'"; is "and nothing listed" "$(cat tap.out)" ""
is "one of two is listed" "$(nm --arch=i386 --arch=arm64 "$fat" 2>/dev/null | grep -c ' T ')" "$(nm "$a" | grep -c ' T ')"
status "a Mach-O file of another" 1 nm --arch=i386 "$x"
is "says what it is" "$(cat tap.err)" "nm: $x: no architecture 'i386': this is x86_64"
is "a Mach-O file of this one" "$(nm --arch=arm64 "$a")" "$(nm "$a")"
is "ELF is listed whatever it is" "$(nm --arch=arm64 "$o")" "$(nm "$o")"
status "an architecture that there is not" 1 nm --arch=zzz "$o"
like "is an error" "$(cat tap.err)" "unknown architecture 'zzz'"; is "nothing is listed then" "$(cat tap.out)" ""
if have llvm-nm-19; then # --dyldinfo-only: LLVM leaves "(from ...)" away and does not see weak references
	d=$F/good-macho-x86_64-binds.dylib
	plain() { grep . | sed 's/ ([a-z ]*)$//; s/ (from [^)]*)$//; s/^\(.* 02\)40\( .* _wfun\)/\100\2/; s/ fe0[01] / fe00 /'; }
	is "--dyldinfo-only -x" "$(nm --dyldinfo-only -x "$d" | plain)" "$(llvm-nm-19 --dyldinfo-only -x "$d" | plain)"
	is "--dyldinfo-only" "$(nm --dyldinfo-only "$d")" "$(llvm-nm-19 --dyldinfo-only "$d")"
else skip_test "--dyldinfo-only as llvm-nm" "no llvm-nm-19"; fi
mkobj - >lazy.o <<'E'
macho64 cpu=X86_64
section __TEXT,__text
  bytes 90
symbol _lazy external n_desc=1
E
is "-m: a lazily bound reference" "$(nm -m lazy.o)" "                 (undefined [lazy bound]) external _lazy"
m=$F/good-macho-arm64.o; [ -e "$m" ] || m=$(ls "$F"/good-macho*.o | head -n 1)
is "-s SEG SECT, with -m before" "$(nm -m -s __TEXT __text "$m")" "$(nm -m "$m" | grep '(__TEXT,__text)')"
is "or after" "$(nm -s __TEXT __text -m "$m")" "$(nm -m -s __TEXT __text "$m")"
done_testing
