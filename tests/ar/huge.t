# A real archive beyond 4 GiB: make check-huge. It takes 9 GB of disk below TMPDIR and a minute or two.
# (dialects.t tries the same switch of the index with a lower threshold.)
. "${top_srcdir:?}/tests/lib.sh"
need gcc python3
[ "$(df -Pk . | awk 'NR == 2 {print $4}')" -gt 12000000 ] || { echo "1..0 # SKIP 12 GB of disk are needed"; exit 0; }
printf 'int before(void) { return 1; }\n' >b.c && printf 'int after(void) { return 0; }\n' >a.c
printf 'int after(void); int main(void) { return after(); }\n' >m.c
gcc -c b.c -o b.o && gcc -c a.c -o a.o || exit 99
truncate -s 4350000000 big.bin
ok "made" ar rcs x.a b.o big.bin a.o
is "a 64-bit index" "$(head -c 16 x.a | tail -c 8)" "/SYM64/ "
is "with date 0" "$(ar tv x.a | awk '{print $7}' | sort -u)" 1970
is "all members" "$(ar t x.a | tr '\n' ' ')" "b.o big.bin a.o "
is "the index" "$(nm -s x.a 2>/dev/null | grep ' in ' | tr '\n' ' ')" "before in b.o after in a.o "
ar p x.a a.o >p.o; same "printing what lies behind" p.o a.o
if have llvm-ar-19; then is "llvm-ar reads it" "$(llvm-ar-19 t x.a | tr '\n' ' ')" "b.o big.bin a.o "
else skip_test "llvm-ar reads it" "llvm-ar-19 is not installed"; fi
ok "the linker finds a symbol behind 4 GiB" gcc m.c x.a -o prog && ok "and the program runs" ./prog
ok "one replaced" ar r x.a a.o; is "still there" "$(ar t x.a | tail -n 1)" a.o
ok "the large one deleted" ar d x.a big.bin
is "a 32-bit index again" "$(head -c 24 x.a | tail -c 16)" "/               "
truncate -s 10000000000 big.bin; rm x.a
status "a member of ten digits too many" 1 ar rcs x.a b.o big.bin
ok "leaves nothing" test ! -e x.a
truncate -s 4350000000 big.bin
status "a COFF library cannot" 1 ar rcs --format=coff x.a b.o big.bin a.o
ok "and leaves nothing" test ! -e x.a
status "Darwin: made" 0 ar rcs --format=darwin x.a b.o big.bin a.o
is "with __.SYMDEF_64" "$(head -c 80 x.a | tail -c 12 | tr -d '\0')" "__.SYMDEF_64"
done_testing
