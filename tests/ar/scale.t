# Many members: nothing quadratic, the same bytes at any number of threads.
. "${top_srcdir:?}/tests/lib.sh"
need gcc python3
printf 'int f(void){return 1;}' >f.c; gcc -c f.c -o f.o || exit 99
mkdir m; python3 - <<'P'
b=open('f.o','rb').read()
for i in range(20000): open('m/member_%05d.o'%i,'wb').write(b)
open('rsp','w').write(''.join('member_%05d.o\n'%i for i in range(20000)))
P
cpu() { # COMMAND...: user and system seconds, in hundredths
	python3 - "$@" <<'P'
import os,subprocess,sys
out=open(3,'wb') if os.environ.get('EACH') else None
subprocess.run(sys.argv[1:],check='verify' not in sys.argv,stdout=out); t=os.times(); print(int((t.children_user+t.children_system)*100))
P
}
cd m
t=$(cpu "$OBJKIT" ar rc ../big.a @../rsp)
limit=300; [ -z "${OBJKIT_SLOW:-}" ] || limit=6000
create=100 names=50; [ -z "${OBJKIT_SLOW:-}${SANITIZED:-}" ] || create=6000 names=6000
ok "20,000 members from @file in under $create/100 s ($t)" test "$t" -lt $create
t=$(EACH=1 cpu "$OBJKIT" nm ../big.a 3>/dev/null); ok "their names in under $names/100 s ($t)" test "$t" -lt $names
is "all are there" "$(ar t ../big.a | wc -l)" 20000
t=$(cpu "$OBJKIT" ar r ../big.a member_10000.o); ok "replacing one ($t)" test "$t" -lt $limit
t=$(cpu "$OBJKIT" ar d ../big.a @../rsp); ok "deleting all by name ($t)" test "$t" -lt $limit
is "none is left" "$(ar t ../big.a | wc -l)" 0
ar rc --threads=1 ../one.a @../rsp; ar rc --threads=4 ../four.a @../rsp
same "threads do not change the bytes" ../one.a ../four.a
cd ..
# 100,000 members, every operation
python3 - <<'P'
h = b'%-16s%-12d%-6d%-6d%-8s%-10d`\n'
b = open('f.o', 'rb').read(); b += b'\n' * (len(b) & 1)
with open('huge.a', 'wb') as f:
    f.write(b'!<arch>\n')
    for i in range(100000): f.write(h % (b'm_%06d.o/' % i, 0, 0, 0, b'644', len(b)) + b)
open('rsp5', 'w').write(''.join('m_%06d.o\n' % i for i in range(100000)))
P
cp f.o m_050000.o; cp f.o new.o
each() { l=$1; shift; t=$(EACH=1 cpu "$OBJKIT" "$@" 3>each.out); ok "$l 100,000 ($t)" test "$t" -lt $limit; }
each "index" ranlib huge.a
each "replace one of" ar r huge.a m_050000.o
each "add to" ar r huge.a new.o
each "list" ar t huge.a; is "they are listed" "$(grep -c '\.o$' each.out)" 100001
each "list the details of" ar tv huge.a
each "print one of" ar p huge.a m_099999.o
each "extract one of" ar x --output x huge.a m_099999.o; same "it is the one" x/m_099999.o f.o
each "names of" nm huge.a; is "all of them" "$(grep -c ' T f$' each.out)" 100001
each "index and names of" nm -s huge.a
each "which of" ar which f --in huge.a
each "verify" ar verify huge.a; like "it tells of duplicates" "$(tail -n 1 each.out)" "f"
each "move all of" ar m huge.a @rsp5
each "delete one of" ar d huge.a m_050000.o
each "delete all of" ar d huge.a @rsp5; is "what stays" "$(ar t huge.a)" new.o
# the same name 50,000 times
python3 - <<'P'
h=b'%-16s%-12d%-6d%-6d%-8s%-10d`\n'
with open('same.a','wb') as f:
    f.write(b'!<arch>\n')
    for i in range(50000): f.write(h%(b'same/',0,0,0,b'644',2)+b'%02d'%(i%100))
P
t=$(cpu "$OBJKIT" ar dN 40000 same.a same); ok "50,000 members of one name ($t)" test "$t" -lt $limit
is "one is gone" "$(ar t same.a | wc -l)" 49999
done_testing
