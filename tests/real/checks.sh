# checks.sh - what run asks of a build tree, beside the program's own tests. Sourced.

# built_since STAMP: programs, libraries, objects and archives made since
built_since() {
	find . -type f -newer "$1" \( -name '*.exe' -o -name '*.dll' -o -name '*.o' -o -name '*.obj' -o -name '*.a' -o -perm -100 \) \
		! -path '*conftest*' ! -path '*/meson-private/*' ! -path '*/CMakeFiles/3*' ! -path '*/CMakeTmp/*'
}
magic() { head -c 4 "$1" | od -An -c | tr -d ' '; }

# all_linked STAMP: every program and library built since STAMP bears objkit's mark; with GNU's tools none does,
# or the comparison would say nothing
all_linked() {
	built_since "$1" | {
		n=0 bad=0
		while read -r f; do
			case $f in *.o | *.obj | *.a) continue ;; esac
			case $(magic "$f") in MZ* | 177ELF) ;; *) continue ;; esac
			n=$((n + 1))
			by=gnu
			! marked "$f" || by=objkit
			[ $by = "$tools" ] || { echo "$f: linked by $by"; bad=1; }
		done
		count "$n linked"
		[ $n -gt 0 ] && [ $bad = 0 ]
	}
}
# a program that was stripped of .comment on purpose has no mark to look for
marked() {
	case $(magic "$1") in
	MZ*) objdump -p "$1" | grep -Eq '^MajorLinkerVersion[[:space:]]+0$' ;;
	*) readelf -p .comment "$1" 2>/dev/null | grep -q objkit ||
		{ [ "$tools" = objkit ] && [ -n "${STRIPPED-}" ] && ! readelf -SW "$1" | grep -q ' \.comment '; } ;;
	esac
}
# interfaces STAMP: what the programs and libraries built since STAMP offer and need, a line each: library names,
# needed libraries, search paths, exported and (for Windows) imported names. The same with objkit's tools and GNU's.
interfaces() {
	built_since "$1" | grep -v '\.o$\|\.obj$\|\.a$' | LC_ALL=C sort | while read -r f; do
		case $(magic "$f") in
		MZ*)
			objdump -p "$f" | awk '
				/^\tDLL Name: / { dll = tolower($3); print "needs " dll; next }
				/^Name +[0-9a-f]+ / { print "is " $NF }
				/^\[Ordinal\/Name Pointer\]/ { exports = 1; next }
				NF == 0 { exports = 0; dll = "" }
				exports && /^\t\[ *[0-9]+\]/ { print "exports " $NF }
				dll != "" && /^\t[0-9a-f]+ +[<0-9]/ { print "imports " dll " " $NF }' | LC_ALL=C sort -u ;;
		177ELF)
			readelf -dW "$f" 2>/dev/null | sed -n 's/.*(\(NEEDED\|SONAME\|RUNPATH\|RPATH\)).*\[\(.*\)\]/\1 \2/p'
			# not the weak names of data copied out of a library (one @): GNU ld exports the one that was asked for, objkit
			# all, for what the library says by another name must mean the copy, too. Nor the ends of sections, which GNU ld
			# exports unasked with --export-dynamic or if a library has them
			"$PEER_BIN/nm" -D --defined-only "$f" 2>/dev/null | sed -n '/[^@]@[^@]* *$/{ / V /d; }
				/ \(__bss_start\|_edata\|_end\)$/d
				s/^[0-9a-f]* \([A-Zu-w]\) \(.*\)/exports \2 \1/p' | LC_ALL=C sort ;;
		esac | sed "s|^|$f |"
	done | sed "s|$dir|DIR|g"
}
# count TEXT: a figure for the line that run prints
count() { echo "$*"; printf ', %s' "$*" >>"$COUNTS"; }

# called ld|nm: how often the build called it
called() { grep -c "^$1\$" "$CALLS" || :; }

# archives_made STAMP: every archive built since STAMP, but for linkers' import libraries and those that the compiler
# wrote itself (NO_AR, names), is one that a call of ar or ranlib left behind
archives_made() {
	built_since "$1" | while read -r f; do
		case $f in *.dll.a) continue ;; esac
		case " ${NO_AR-} " in *" ${f##*/} "*) continue ;; esac
		case $(magic "$f") in '!<ar' | '!<th') sha256sum "$f" ;; esac
	done >"$PEER_LOG.sums"
	[ -f "$PEER_LOG" ] || : >"$PEER_LOG"
	awk 'FILENAME == ARGV[1] { made[$NF]; next } !($1 in made) { print $2 ": no call of ar made it"; bad = 1 } END { exit bad }' \
		"$PEER_LOG" "$PEER_LOG.sums"
}

# same_as_peers STAMP: archives were byte for byte GNU's (the log that "peer" writes), and nm prints
# GNU's lines over everything that was built
same_as_peers() {
	rc=0
	archives_made "$1" || rc=1
	count "$(grep -c '^same' "$PEER_LOG") archives the same"
	! grep '^DIFFERENT' "$PEER_LOG" || rc=1
	built_since "$1" | while read -r f; do
		case $(magic "$f") in
		177ELF) [ -n "$HOST" ] || echo "$f" ;; # for Windows these are the build's own tools, which GNU's nm does not read
		MZ* | '!<ar' | '!<th') echo "$f" ;;
		*) case $f in *.o | *.obj) echo "$f" ;; esac ;;
		esac
	done | grep -v "[ ']" >"$PEER_LOG.files"
	# GNU nm with gcc's plugin alone: LLVM's, where it is installed, reads bitcode that objects have beside code
	plugin=$(gcc -print-file-name=liblto_plugin.so)
	lines=0
	for o in "" -S -D; do
		LC_ALL=C xargs -r -n 20 "$PEER_BIN/${HOST:+$HOST-}nm" --plugin "$plugin" $o <"$PEER_LOG.files" 2>/dev/null >"$PEER_LOG.want" || :
		LC_ALL=C xargs -r -n 20 "$OBJKIT" nm $o <"$PEER_LOG.files" 2>/dev/null >"$PEER_LOG.got" || :
		cmp "$PEER_LOG.want" "$PEER_LOG.got" || { echo "nm $o differs"; diff "$PEER_LOG.want" "$PEER_LOG.got" | head -n 40; rc=1; }
		lines=$((lines + $(wc -l <"$PEER_LOG.want")))
		[ -z "$HOST" ] || break
	done
	count "$lines nm lines"
	[ $lines -gt 0 ] || rc=1
	rm -f "$PEER_LOG.want" "$PEER_LOG.got" "$PEER_LOG.files" "$PEER_LOG.sums"
	return $rc
}

# Recipes: results_from FORMAT FILE... turns a test log into lines "PASS name" and "FAIL name"
results_from() {
	how=$1; shift
	case $how in
	automake) cat "$@" | sed -n 's/^\(PASS\|FAIL\|XPASS\|XFAIL\|ERROR\): /\1 /p' ;;
	tap) awk '/^(not )?ok /{ r = ($1 == "not" && !/# TODO/) ? "FAIL" : "PASS"; sub(/^(not )?ok /, ""); sub(/ #.*/, ""); print r, FILENAME, $0 }' "$@" ;;
	esac | sed 's/^XPASS/FAIL/; s/^XFAIL/PASS/; s/^ERROR/FAIL/' | LC_ALL=C sort >>"$RESULTS"
}

# a_test NAME COMMAND...: one test of a recipe that has no suite
a_test() {
	t_name=$1; shift
	if "$@"; then echo "PASS $t_name"; else echo "FAIL $t_name"; fi >>"$RESULTS"
}
# all_pass N: the recipe's own tests have no excuse, and there are N at least
all_pass() { ! grep '^FAIL' "$RESULTS" && [ "$(grep -c '^PASS' "$RESULTS")" -ge "$1" ]; }

# cmake_setup SOURCE OPTION...: configures for the target, in the current directory
cmake_setup() {
	set -- -G Ninja "$@" -DCMAKE_AR="$AR" -DCMAKE_RANLIB="$RANLIB" -DCMAKE_NM="$NM" -DCMAKE_C_COMPILER="${CC%% *}" -DCMAKE_CXX_COMPILER="${CXX%% *}"
	case $CC in *' '*) set -- "$@" -DCMAKE_C_FLAGS="${CC#* }" -DCMAKE_CXX_FLAGS="${CC#* }" ;; esac
	[ -z "$HOST" ] || set -- "$@" -DCMAKE_SYSTEM_NAME=Windows -DCMAKE_SYSTEM_PROCESSOR="${HOST%%-*}" -DCMAKE_CROSSCOMPILING_EMULATOR="$RUN"
	cmake "$@"
}
# ctest_run OPTION...: the suite of a CMake build
ctest_run() {
	ctest -j"$JOBS" --timeout 600 "$@" >ctest.out 2>&1 || :
	sed -n 's/^ *[0-9]*\/[0-9]* Test *#[0-9]*: \([^ ]*\) \.*\** *\(Passed\|Failed\|\*\*\*Failed\|Not Run\|Exception\|\*\*\*Timeout\|Skipped\).*/\2 \1/p' ctest.out |
		sed 's/^Passed/PASS/; s/^Skipped/PASS skipped/; t; s/^.* /FAIL /' | LC_ALL=C sort >>"$RESULTS"
	rm -f ctest.out
}
# meson_setup SOURCE OPTION...: the same with Meson, into the directory b
meson_setup() {
	cpu=${HOST%%-*}
	{
		printf '[binaries]\nc = [%s]\ncpp = [%s]\n' "$(quoted $CC)" "$(quoted $CXX)"
		printf "ar = '%s'\nnm = '%s'\nranlib = '%s'\n" "$AR" "$NM" "$RANLIB"
		[ -z "$HOST" ] || printf "windres = '%s'\nexe_wrapper = '%s'\n[host_machine]\nsystem = 'windows'\ncpu_family = '%s'\ncpu = '%s'\nendian = 'little'\n" \
			"$HOST-windres" "$RUN" "$cpu" "$cpu" | sed "s/'i686'/'x86'/"
	} >tools.ini
	from=$1; shift
	if [ -n "$HOST" ]; then set -- --cross-file tools.ini "$@"; else set -- --native-file tools.ini "$@"; fi
	meson setup "$@" b "$from"
}
quoted() { printf "'%s', " "$@"; }
meson_run() {
	meson test -C b --num-processes "$JOBS" --no-rebuild "$@" >meson.out 2>&1 || :
	sed -n 's/^ *[0-9]*\/[0-9]* \(.*[^ ]\) *\(OK\|FAIL\|SKIP\|TIMEOUT\|EXPECTEDFAIL\|ERROR\)  *[0-9.]*s.*/\2 \1/p' meson.out |
		sed 's/^\(OK\|SKIP\|EXPECTEDFAIL\) */PASS /; t; s/^[A-Z]* */FAIL /' | LC_ALL=C sort >>"$RESULTS"
}

# copy_runtime DIRECTORY [COMPILER]: the compiler's DLLs, for a program that needs the shared ones
copy_runtime() {
	for d in libstdc++-6.dll libgcc_s_seh-1.dll libgcc_s_dw2-1.dll libwinpthread-1.dll zlib1.dll; do
		f=$("${2-${CC%% *}}" -print-file-name=$d)
		[ ! -f "$f" ] || cp "$f" "$1"
		[ ! -f "/usr/$HOST/lib/$d" ] || cp "/usr/$HOST/lib/$d" "$1"
	done
}
