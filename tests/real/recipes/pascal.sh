# Free Pascal: calls the linker itself, under the name ld.bfd, with one script that names all its files and places
# sections of its own (package fp-compiler)
source_package() { :; }
program() {
	cat >p.pas <<'P'
program p;
{$mode objfpc}{$H+}
uses sysutils, classes;
type
  TA = class procedure f; virtual; end;
  TB = class(TA) procedure f; override; end;
threadvar x: integer;
resourcestring hello = 'resource';
var a: TA; l: TStringList; i: integer;
procedure TA.f; begin writeln('A'); end;
procedure TB.f; begin raise Exception.Create('raised'); end;
begin
  a := TB.Create; x := 5; l := TStringList.Create;
  for i := 1 to 3 do l.add(inttostr(i * x));
  try a.f; except on e: Exception do l.add(e.classname + ' ' + e.message); end;
  writeln(l.commatext, ' ', hello, ' ', format('%.3f', [sin(1.0)]));
end.
P
	cat >add.pas <<'P'
library add;
function sum(a, b: longint): longint; cdecl; begin sum := a + b; end;
exports sum name 'sum';
begin end.
P
	echo 'int sum(int, int); int main(void) { return sum(40, 2) != 42; }' >user.c
}
build_native() {
	program
	n=0
	for o in -O1 '-XX -CX' '-g -gl' -Cg '-XX -Xs -O3'; do
		n=$((n + 1))
		# shellcheck disable=SC2086 # options
		fpc -v0 $o -op-$n p.pas
	done
	fpc -v0 add.pas
	$CC -o user user.c ./libadd.so
}
check_native() {
	for n in 1 2 3 4 5; do
		a_test "program $n" [ "$(./p-$n)" = '5,10,15,"Exception raised" resource 0.841' ]
	done
	a_test 'library' env LD_LIBRARY_PATH=. ./user
	all_pass 6
}
