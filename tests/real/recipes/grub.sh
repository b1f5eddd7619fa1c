# GRUB for a PC's BIOS: images at fixed addresses with -N, some 270 modules by -r -d that it links itself when it runs;
# a CD made of them is started in qemu (packages autopoint, qemu-system-x86, xorriso)
source_package() { echo grub2; }
build_native() {
	PYTHON=python3 ./autogen.sh
	./configure --target=i386 --with-platform=pc --disable-werror --disable-grub-mkfont --disable-grub-mount --disable-device-mapper --disable-nls \
		CC="$CC" TARGET_CC="$CC" TARGET_RANLIB="$RANLIB" TARGET_NM="$NM"
	make -j"$JOBS"
	STRIPPED=1 # modules
}
check_native() {
	mkdir -p disk/boot/grub iso
	echo hello >disk/boot/grub/a.txt
	cat >disk/boot/grub/grub.cfg <<-'C'
	serial --unit=0
	terminal_output serial
	echo GRUB is up
	set x=3
	if [ $x -gt 2 ]; then echo compared; fi
	hashsum --hash sha256 (memdisk)/boot/grub/a.txt
	if regexp "a(b+)" abbb; then echo matched; fi
	hexdump (memdisk)/boot/grub/a.txt
	zstdhello
	halt
	C
	(cd disk && tar cf ../disk.tar boot)
	./grub-mkimage -d grub-core -O i386-pc -o core.img -p '(memdisk)/boot/grub' -m disk.tar -C auto memdisk tar normal serial terminal test echo \
		hashsum gcry_sha256 regexp hexdump halt configfile acpi zstd btrfs zfs luks2 part_gpt iso9660 gfxterm png
	cat grub-core/cdboot.img core.img >iso/boot.img
	xorriso -as mkisofs -quiet -b boot.img -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info -o cd.iso iso
	timeout 300 qemu-system-i386 -net none -display none -serial stdio -monitor none -cdrom cd.iso -m 64 </dev/null 2>&1 | tr -d '\r' >boot.out
	hash=$(sha256sum <disk/boot/grub/a.txt)
	for t in 'GRUB is up' compared "${hash%% *}" matched '68 65 6c 6c 6f 0a' "can.t find command .zstdhello"; do
		a_test "$t" grep -q "$t" boot.out
	done
	all_pass 6
}
