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
subprocess.run(sys.argv[1:],check=True); t=os.times(); print(int((t.children_user+t.children_system)*100))
P
}
cd m
t=$(cpu "$OBJKIT" ar rc ../big.a @../rsp)
limit=300; [ -z "${OBJKIT_SLOW:-}" ] || limit=6000
ok "20,000 members from @file in under $limit/100 s ($t)" test "$t" -lt $limit
is "all are there" "$(ar t ../big.a | wc -l)" 20000
t=$(cpu "$OBJKIT" ar r ../big.a member_10000.o); ok "replacing one ($t)" test "$t" -lt $limit
t=$(cpu "$OBJKIT" ar d ../big.a @../rsp); ok "deleting all by name ($t)" test "$t" -lt $limit
is "none is left" "$(ar t ../big.a | wc -l)" 0
ar rc --threads=1 ../one.a @../rsp; ar rc --threads=4 ../four.a @../rsp
same "threads do not change the bytes" ../one.a ../four.a
cd ..
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
