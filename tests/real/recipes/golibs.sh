# Go code as a C library, shared and static, as a plugin and as position-independent programs (package golang-go)
source_package() { :; }
program() {
	mkdir lib plug load
	printf 'module t\n\ngo 1.19\n' >go.mod
	cat >lib/lib.go <<'GO'
package main

// typedef int (*callback)(int);
// static int call(callback f, int x) { return f(x); }
import "C"
import (
	"fmt"
	"runtime"
	"strings"
	"sync"
)

var state = map[string]int{}

func init() { state["init"] = 7 }

//export GoSum
func GoSum(n C.int) C.int {
	var wg sync.WaitGroup
	var mu sync.Mutex
	s := 0
	for i := 0; i <= int(n); i++ {
		wg.Add(1)
		go func(i int) { defer wg.Done(); mu.Lock(); s += i; mu.Unlock() }(i)
	}
	wg.Wait()
	runtime.GC()
	return C.int(s + state["init"])
}

//export GoCall
func GoCall(f C.callback, x C.int) (r C.int) {
	defer func() { recover() }()
	r = C.call(f, x)
	if strings.HasPrefix(fmt.Sprint(r), "9") {
		r = -9
		panic("nine")
	}
	return r
}

func main() {}
GO
	cat >use.c <<'C'
#include <stdio.h>
#include "libgo.h"
static int twice(int x) { return 2 * x; }
int main(void) { printf("%d %d %d\n", GoSum(10), GoCall(twice, 21), GoCall(twice, 45)); return 0; }
C
	printf 'package main\n\nimport "C"\nimport "fmt"\n\nvar V = 5\n\nfunc F() string { return fmt.Sprint("plugin ", V) }\n' >plug/plug.go
	cat >load/load.go <<'GO'
package main

import (
	"fmt"
	"os"
	"plugin"
)

func main() {
	p, err := plugin.Open(os.Args[1])
	if err != nil {
		fmt.Println("cannot load")
		return
	}
	v, _ := p.Lookup("V")
	*v.(*int) = 8
	f, _ := p.Lookup("F")
	fmt.Println(f.(func() string)())
}
GO
}
# go_build MODE OUTPUT PACKAGE
go_build() {
	env HOME="$PWD" GOFLAGS=-mod=mod GOCACHE="$PWD/cache" GOPATH="$PWD/path" GO111MODULE=on CGO_ENABLED=1 CC="$CC" \
		go build -buildmode="$1" -ldflags="-linkmode=external -extar=$AR" -o "$2" "$3"
}
build_native() {
	program
	go_build c-shared libgo.so ./lib
	go_build c-archive libgoa.a ./lib
	$CC -o shared use.c libgo.so '-Wl,-rpath,$ORIGIN'
	$CC -o static use.c libgoa.a -lpthread
	rm libgoa.a # which ar has made, but for the build id that go writes into it
	go_build plugin plug.so ./plug
	go_build default load.exe ./load
	go_build pie pie.exe ./load
}
check_native() {
	for p in shared static; do a_test "$p library" [ "$(./$p)" = '62 42 -9' ]; done
	for p in load pie; do a_test "plugin in $p.exe" [ "$(./$p.exe "$PWD/plug.so")" = 'plugin 8' ]; done
	a_test 'no plugin' [ "$(./load.exe none)" = 'cannot load' ]
	all_pass 5
}
build_mingw() {
	program
	case $HOST in x86*) GOARCH=amd64 ;; *) GOARCH=386 ;; esac
	export GOOS=windows GOARCH
	go_build c-shared libgo.dll ./lib
	go_build c-archive libgoa.a ./lib
	$CC -o shared.exe use.c libgo.dll
	$CC -o static.exe use.c libgoa.a -lws2_32 -lwinmm -lntdll
	rm libgoa.a # as above
	go_build pie pie.exe ./load
}
check_mingw() {
	for p in shared static; do a_test "$p library" [ "$("$RUN" $p.exe | tr -d '\r')" = '62 42 -9' ]; done
	a_test 'position-independent program' [ "$("$RUN" pie.exe none | tr -d '\r')" = 'cannot load' ]
	all_pass 3
}
