# checks.sh - what run asks of a build tree, beside the program's own tests. Sourced.

# built_since STAMP: programs, libraries, objects and archives made since
built_since() {
	find . -type f -newer "$1" \( -name '*.exe' -o -name '*.dll' -o -name '*.o' -o -name '*.obj' -o -name '*.a' -o -perm -100 \) \
		! -path '*conftest*' ! -path '*/meson-private/*' ! -path '*/CMakeFiles/3*' ! -path '*/CMakeTmp/*'
}
magic() { head -c 4 "$1" | od -An -c | tr -d ' '; }

# all_by_objkit STAMP: does every program and library built since STAMP bear objkit's mark?
all_by_objkit() {
	built_since "$1" | {
		n=0 bad=0
		while read -r f; do
			case $f in *.o | *.obj | *.a) continue ;; esac
			case $(magic "$f") in
			MZ*) objdump -p "$f" | grep -Eq '^MajorLinkerVersion[[:space:]]+0$' || { echo "$f: not linked by objkit"; bad=1; } ;;
			177ELF) marked "$f" || { echo "$f: not linked by objkit"; bad=1; } ;;
			*) continue ;;
			esac
			n=$((n + 1))
		done
		echo "linked by objkit: $n"
		[ $n -gt 0 ] && [ $bad = 0 ]
	}
}
# a program that was stripped of .comment on purpose has no mark to look for
marked() {
	readelf -p .comment "$1" 2>/dev/null | grep -q objkit ||
		{ [ -n "${STRIPPED-}" ] && ! readelf -SW "$1" | grep -q ' \.comment '; }
}

# same_as_peers STAMP: archives were byte for byte GNU's (the log that "peer" writes), and nm prints
# GNU's lines over everything that was built
same_as_peers() {
	rc=0
	if [ -f "$PEER_LOG" ]; then
		echo "ar: $(grep -c '^same' "$PEER_LOG") archives equal GNU's"
		! grep '^DIFFERENT' "$PEER_LOG" || rc=1
	fi
	# GNU's run of 20 names is cheap, one process a file is not
	built_since "$1" | while read -r f; do
		case $(magic "$f") in
		177ELF | MZ* | '!<ar' | '!<th') echo "$f" ;;
		*) case $f in *.o | *.obj) echo "$f" ;; esac ;;
		esac
	done | grep -v "[ ']" >"$PEER_LOG.files"
	for o in "" -S -D; do
		LC_ALL=C xargs -r -n 20 "$PEER_BIN/${HOST:+$HOST-}nm" $o <"$PEER_LOG.files" 2>/dev/null >"$PEER_LOG.want" || :
		LC_ALL=C xargs -r -n 20 "$OBJKIT" nm $o <"$PEER_LOG.files" 2>/dev/null >"$PEER_LOG.got" || :
		cmp "$PEER_LOG.want" "$PEER_LOG.got" || { echo "nm $o differs"; diff "$PEER_LOG.want" "$PEER_LOG.got" | head -n 40; rc=1; }
		[ -z "$HOST" ] || break
	done
	echo "nm: compared over $(wc -l <"$PEER_LOG.files") files, $(wc -l <"$PEER_LOG.want") lines"
	rm -f "$PEER_LOG.want" "$PEER_LOG.got" "$PEER_LOG.files"
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
