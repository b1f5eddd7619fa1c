# a threaded C++ program against the shared run-time libraries
source_package() { :; }
program() {
	cat >t.cc <<'CC'
#include <atomic>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>
thread_local int mine;
int main() {
	std::atomic<int> sum{0};
	std::mutex m;
	int caught = 0;
	std::vector<std::thread> ts;
	for (int i = 0; i < 8; i++)
		ts.emplace_back([&, i] {
			for (int k = 0; k <= i; k++) mine += k;
			sum += mine;
			try { throw std::runtime_error("x"); } catch (const std::exception &) {
				std::lock_guard<std::mutex> g(m);
				caught++;
			}
		});
	for (auto &t : ts) t.join();
	std::cout << sum << ' ' << caught << std::endl;
	return sum == 84 && caught == 8 ? 0 : 1;
}
CC
}
build_native() { program; $CXX -O2 -pthread t.cc -o t; }
check_native() { a_test threads [ "$(./t)" = "84 8" ]; all_pass 1; }
build_mingw() {
	program
	g="$HOST-g++-posix${CXX#"$HOST-g++"}"
	$g -O2 t.cc -o t.exe
	$g -O2 -static t.cc -o ts.exe
}
check_mingw() {
	copy_runtime . "$HOST-g++-posix"
	for d in libstdc++-6 libgcc_s libwinpthread-1; do
		a_test "uses $d" sh -c "$HOST-objdump -p t.exe | grep -q 'DLL Name: $d'"
	done
	a_test 'shared run-time libraries' [ "$("$RUN" t.exe | tr -d '\r')" = "84 8" ]
	a_test 'static run-time libraries' [ "$("$RUN" ts.exe | tr -d '\r')" = "84 8" ]
	all_pass 4
}
