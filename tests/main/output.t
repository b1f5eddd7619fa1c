#!/bin/sh
# What is printed arrives, or the exit status says that it did not.
. "${top_srcdir:?}/tests/lib.sh"

mkobj - >x.a <<'END'
ar
member foo.o { elf64; section .text; bytes c3; symbol foo GLOBAL FUNC sec=.text; }
END
mkobj - >x.exe <<'END'
pe x86_64
section .text
  bytes c3
import KERNEL32.dll ExitProcess
END
for c in "--list" "--help" "--version" "help ar" "nm x.a" "ar t x.a" "ar p x.a" "imports x.exe" "nm --help" "imports --help" "ranlib --help" \
	"ld --help" "ld --version"; do
	if [ -w /dev/full ]; then
		# shellcheck disable=SC2086 # words
		"$OBJKIT" $c >/dev/full 2>err; rc=$?
		is "$c on a full disk: exit 1" $rc 1
		like "$c on a full disk: says why" "$(cat err)" 'No space left on device'
	else
		skip_test "$c on a full disk" "no /dev/full"
	fi
	# shellcheck disable=SC2086
	"$OBJKIT" $c >&- 2>err; rc=$?
	is "$c with standard output closed: exit 1" $rc 1
	like "$c with standard output closed: says so" "$(cat err)" 'Bad file descriptor|standard output|closed|No space left'
done
# nothing to print: nothing can fail
"$OBJKIT" ar rc y.a x.a >&- 2>err
is "a command that prints nothing runs with standard output closed" "$?-$(cat err)" "0-"
# no message can land in an output file that gets descriptor 1 or 2
"$OBJKIT" ar rc z.a nosuch.o >&- 2>&-
status "standard streams closed: no torn archive" 1 test -s z.a
done_testing
