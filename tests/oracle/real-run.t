# tests/real/run says "ok" of a build that objkit did, and of no other: what it has to notice, one recipe each.
. "${top_srcdir:?}/tests/lib.sh"
need gcc ar ranlib nm readelf sha256sum
run=$top_srcdir/tests/real/run
mkdir recipes
common='source_package() { :; }
sources() {
	echo "int half(int x) { return x / 2; }" >half.c
	echo "int half(int); int main(void) { return half(84) != 42; }" >main.c
	$CC -c half.c main.c
}
check_native() { a_test answer ./prog; all_pass 1; }'
# recipe NAME COMMANDS: what its build does after it has made half.o and main.o
recipe() { printf '%s\nbuild_native() {\n\tsources\n%s\n}\n' "$common" "$2" >"recipes/$1.sh"; }
recipe right '"$AR" rc libh.a half.o; "$RANLIB" libh.a; $CC -o prog main.o libh.a'
recipe otherld '"$AR" rcs libh.a half.o; gcc -B/usr/bin/ -o prog main.o libh.a'
recipe otherar 'env PATH=/usr/bin:/bin ar rcs libh.a half.o; $CC -o prog main.o libh.a'
recipe nothing ':'
recipe failing '"$AR" rcs libh.a half.o; false; $CC -o prog main.o libh.a'
recipe fuse '"$AR" rcs libh.a half.o; $CC -fuse-ld=bfd -o prog main.o libh.a'
recipe hangs '"$AR" rcs libh.a half.o; $CC -o prog main.o libh.a'
echo 'check_native() { sh -c "echo \$\$ >pid; exec sleep 600"; }' >>recipes/hangs.sh
recipe differs '"$AR" rcs libh.a half.o; $CC -o prog main.o libh.a'
echo 'check_native() { a_test answer [ "$tools" = gnu ]; }' >>recipes/differs.sh
recipe exports '"$AR" rcs libh.a half.o; v=; [ "$tools" = gnu ] || v=-Wl,-E; $CC $v -o prog main.o libh.a'
recipe same '"$AR" rcs libh.a half.o; $CC -o prog main.o libh.a'
echo 'check_native() { a_test one true; a_test two false; }' >>recipes/same.sh

# real TOOLS RECIPE: what the driver prints
real() { env RECIPES="$T/recipes" sh "$run" --tools="$1" --work="$T/work" "$2" 2>&1; }
out=$(real both right)
is "a build by objkit passes" $? 0
like "... the linked files, links, archives and nm lines are counted" "$out" \
	'right  *objkit  *native .* ok, 1 tests passed, 0 failed, 1 linked, 1 calls of ld, 2 archives the same, [1-9][0-9]* nm lines'
like "... GNU's build has no mark of objkit" "$out" 'right  *gnu .* ok, 1 tests passed, 0 failed, 1 linked'
for r in otherld otherar nothing failing; do
	out=$(real objkit $r)
	is "$r fails" $? 1
	like "... and says so" "$out" "^$r .* FAILED"
done
like "another linker's program is named" "$(cat work/objkit-native/otherld.log)" '^\./prog: linked by gnu'
like "another ar's archive is named" "$(cat work/objkit-native/otherar.log)" '^\./libh\.a: no call of ar made it'
out=$(real objkit fuse)
is "a build that asks for another linker with -fuse-ld gets objkit" $? 0
out=$(LIMIT=6 real objkit hangs)
is "a suite that hangs fails" $? 1
like "... and says so" "$out" '^hangs .* FAILED after 6 seconds'
pid=$(cat work/objkit-native/hangs/pid)
is "... and has been ended" "$(cat "/proc/$pid/cmdline" 2>/dev/null | tr '\0' ' ')" ''
out=$(real both differs)
is "a test that GNU's build passes and objkit's does not" $? 1
like "... is shown" "$out" '^> FAIL answer'
out=$(real both exports)
is "a program that exports more than GNU's" $? 1
like "... is shown" "$out" '^> \./prog exports half T'
out=$(real both same)
is "a test that fails with both is no difference" $? 0
out=$(real objkit same)
is "... and a failure without the comparison" $? 1
done_testing
