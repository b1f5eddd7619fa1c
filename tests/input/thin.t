# Thin archives: members are files of their own, found from where the archive is.
. "${top_srcdir:?}/tests/lib.sh"
need gcc mkfifo
printf 'int puts(const char *);\nint f(void) { return puts("x"); }\n' >f.c
mkdir -p lib/sub && gcc -c f.c -o lib/sub/f.o || exit 99
(cd lib && "$OBJKIT" ar rcsT libt.a sub/f.o) || exit 99
is "members are opened relative to the archive" "$(imports -A -f plain lib/libt.a | grep puts)" \
	'lib/libt.a(sub/f.o): puts:-'
is "and summed up" "$(imports -f plain lib/libt.a | grep puts)" 'puts:-'
like "nm goes by the file, as GNU's" "$(nm -A lib/libt.a)" '^lib/libt.a:lib/sub/f.o:0+ T f$'
like "in headings" "$(nm lib/libt.a)" '^lib/sub/f.o:$'
like "and in the index" "$(nm -s lib/libt.a)" '^f in lib/sub/f.o$'
rm lib/sub/f.o
status "a member that is gone fails" 1 imports -A lib/libt.a
like "and is named" "$(imports -A lib/libt.a 2>&1)" 'libt.a\(sub/f.o\): .*No such file'
mkfifo lib/sub/f.o
status "a FIFO in a member's place is not opened" 1 timeout 10 "$OBJKIT" imports -A lib/libt.a
printf '!<thin>\n//                                              10        `\nself.a/\n\n\n/0              0           0     0     644     8         `\n' >self.a
status "an archive that is its own member" 1 timeout 10 "$OBJKIT" imports -A self.a
like "is named" "$(imports -A self.a 2>&1)" 'its own member'
done_testing
