# a cgo program with external linking: the ancestor's own case (package golang-go)
source_package() { :; }
program() {
	cat >main.go <<'GO'
package main

/*
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int add(int a, int b) { return a + b; }
static char *twice(const char *s) { char *r = malloc(2 * strlen(s) + 1); strcpy(r, s); strcat(r, s); return r; }
*/
import "C"
import "fmt"

func main() {
	c := make(chan int)
	go func() { c <- int(C.add(40, 2)) }()
	fmt.Println(<-c, C.GoString(C.twice(C.CString("ab"))))
}
GO
	printf 'module t\n\ngo 1.19\n' >go.mod
}
go_build() {
	program
	env HOME="$PWD" GOFLAGS=-mod=mod GOCACHE="$PWD/cache" GOPATH="$PWD/path" GO111MODULE=on CGO_ENABLED=1 "$@" \
		CC="$CC" go build -ldflags=-linkmode=external -o "$out" .
}
build_native() { out=t go_build; }
check_native() { a_test 'calls C' [ "$(./t)" = "42 abab" ]; all_pass 1; }
build_mingw() { case $HOST in x86*) a=amd64 ;; *) a=386 ;; esac; out=t.exe; go_build GOOS=windows GOARCH=$a; }
check_mingw() { a_test 'calls C' [ "$("$RUN" t.exe | tr -d '\r')" = "42 abab" ]; all_pass 1; }
