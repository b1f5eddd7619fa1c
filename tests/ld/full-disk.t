#!/bin/sh
# A disk without room, really (a tmpfs and an ext4 file system of their own): for everything that ld writes, exit 1, one
# line that names the file and the reason, whatever was there before as it was, and nothing left beside it.
. "${top_srcdir:?}/tests/lib.sh"
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }

printf 'elf64 machine=X86_64\nsection .text\n  bytes c3\nsection .data flags=WA\n  fill 300000 1\nsymbol _start GLOBAL FUNC sec=.text\n' | mkobj - >e.o
printf 'elf64 machine=X86_64\nsection .text\n  bytes c3\nsymbol _start GLOBAL FUNC sec=.text\n' | mkobj - >small.o
printf 'coff AMD64\nsection .text\n  bytes c3\nsection .data flags=data\n  fill 300000 1\nsymbol f EXTERNAL FUNCTION sec=.text\n' | mkobj - >p.o
# Names enough that a map, a list of dependencies and an import library are larger than what room there is.
{
	printf 'coff AMD64\nsection .text\n  bytes c3\n'
	awk 'BEGIN { for (i = 0; i < 3000; i++) printf "symbol a_rather_long_name_of_a_function_%d EXTERNAL FUNCTION sec=.text\n", i }'
} | mkobj - >many.o
{
	printf 'elf64 machine=X86_64\n'
	awk 'BEGIN { for (i = 0; i < 2000; i++) printf "section .text.a_rather_long_name_of_a_function_%d\n  bytes c3\n", i }'
	printf 'section .text\n  bytes c3\nsymbol _start GLOBAL FUNC sec=.text\n'
} | mkobj - >sections.o
mkdir d
names=
for i in $(seq 1 400); do
	ln small.o "d/an_object_with_a_name_that_takes_its_room_in_a_list_of_dependencies_$i.o" 2>/dev/null || cp small.o "d/an_object_with_a_name_that_takes_its_room_in_a_list_of_dependencies_$i.o"
	names="$names d/an_object_with_a_name_that_takes_its_room_in_a_list_of_dependencies_$i.o"
done

disk() { # KIND: a file system of 256 KiB (ext4: 1 MiB, filled up to 100 KiB) at full
	case $1 in
	tmpfs) mount -t tmpfs -o size=256k none full ;;
	*)
		head -c 1048576 /dev/zero >image && mkfs.ext4 -q -F -O ^has_journal -m 0 image && mount -o loop image full || return 1
		rmdir full/lost+found
		;;
	esac 2>/dev/null
}
# room BYTES: fills the file system until about that many are left
room() {
	rm -f full/filler
	left=$(df --output=avail -B 1 full | tail -n 1)
	if [ "$left" -gt "$1" ]; then head -c $((left - $1)) /dev/zero >full/filler; fi
}
# try NAME FILE COMMAND...: FILE, on the full disk, cannot be written
try() {
	t_name="$kind: $1" t_file=$2; shift 2
	rm -f full/stdout
	room 20000
	[ "$t_file" = - ] || echo "what was there" >"full/$t_file"
	echo "old output" >out
	ls -A full >before.ls
	got=0
	"$@" >tap.out 2>tap.err || got=$?
	is "$t_name: exit status, lines" "$got $(grep -c . tap.err)" "1 1"
	like "$t_name: says why" "$(cat tap.err)" "^objkit ld: error: .*No space left on device$"
	if [ "$t_file" != - ]; then
		like "$t_name: names the file" "$(cat tap.err)" "full/$t_file"
		is "$t_name: what was there is whole" "$(cat "full/$t_file")" "what was there"
		rm -f "full/$t_file"
	fi
	is "$t_name: nothing is left" "$(ls -A full | grep -v '^stdout$')" "$(grep -vxF -e "$t_file" before.ls)"
	case " $* " in
	*" -o out "*)
		is "$t_name: no temporary beside the output" "$(ls -A | grep -c objkit-)" 0
		if [ "$(cat out 2>/dev/null)" = "old output" ]; then pass "$t_name: the other output is whole"; else
			ok "$t_name: the other output is whole" cmp out want; fi
		;;
	esac
}
mkdir full
tried=0
for kind in tmpfs ext4; do
	[ "$(id -u)" = 0 ] && disk $kind || { skip_test "a full disk, $kind" "needs root and a mount"; continue; }
	tried=1
	elf="$OBJKIT ld -m elf_x86_64" pe="$OBJKIT ld -m i386pep --no-insert-timestamp -e 0"
	# shellcheck disable=SC2086
	{
		for th in 1 2; do
			try "ELF output, $th threads" out $elf --threads=$th -o full/out e.o
			try "ELF shared, $th threads" out $elf --threads=$th -shared --build-id -o full/out e.o
			try "PE output, $th threads" out $pe --threads=$th -o full/out p.o
		done
		try "-r" out $elf -r -o full/out e.o
		try "PE -r" out $pe -r -o full/out p.o
		try "binary output" out $elf --oformat=binary -o full/out e.o
		$elf -o want sections.o
		try "map" map $elf -o out sections.o -Map=full/map
		$elf -o want small.o
		try "the map on standard output" - sh -c 'exec "$@" >full/stdout' sh $elf -o out sections.o -M --cref
		$pe -shared -o want many.o
		try "import library" lib.a $pe -shared -o out many.o --out-implib=full/lib.a
		try ".def file" x.def $pe -shared -o out many.o --output-def=full/x.def
		try "PE map" map $pe -shared -o out many.o -Map=full/map --cref
		$elf -o want small.o --allow-multiple-definition $names
		try "dependency file" dep $elf -o out small.o --allow-multiple-definition $names --dependency-file=full/dep
		$elf -o want e.o
		try "--reproduce" x.tar $elf -o out e.o --reproduce=full/x.tar
	}
	umount full
done
done_testing
