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
check_native() { [ "$(./t)" = "84 8" ]; }
build_mingw() {
	program
	g="$HOST-g++-posix${CXX#"$HOST-g++"}"
	$g -O2 t.cc -o t.exe
}
check_mingw() {
	copy_runtime . "$HOST-g++-posix"
	[ "$("$RUN" t.exe | tr -d '\r')" = "84 8" ]
}
