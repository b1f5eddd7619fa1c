# a PC's firmware: 16-bit code whose sections a generated script scatters over 64 KiB, -r of two kinds, one image that
# starts in qemu (packages qemu-system-x86, python3)
source_package() { echo seabios; }
build_native() {
	: >.config
	make PYTHON=python3 CC="$CC" olddefconfig
	make -j"$JOBS" PYTHON=python3 CC="$CC" AR="$AR"
	cp out/rom.o rom.elf
	chmod +x rom.elf
}
check_native() {
	qemu-system-i386 -display none -serial none -monitor none -chardev file,id=d,path=boot.out -device isa-debugcon,iobase=0x402,chardev=d \
		-net none -bios out/bios.bin </dev/null &
	qemu=$!
	for _ in $(seq 60); do
		! grep -q 'No bootable device' boot.out || break
		sleep 3
	done
	kill $qemu
	for t in 'Running on QEMU' 'Relocating init from' 'PCI: init bdf=00:01.1' 'Turning on vga text mode' 'PS2 keyboard initialized' \
		'All threads complete' 'enter handle_18' 'No bootable device'; do
		a_test "$t" grep -q "$t" boot.out
	done
	all_pass 8
}
