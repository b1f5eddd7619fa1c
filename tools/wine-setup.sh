#!/bin/sh
# wine-setup.sh [DIR] - make headless runners for Windows console programs from Debian's packages.
#
#   DIR/run-win64 prog.exe [args...]    runs an x86-64 program
#   DIR/run-win32 prog.exe [args...]    runs an i386 program
#
# DIR defaults to $OBJKIT_WINE, else ${XDG_CACHE_HOME:-$HOME/.cache}/objkit-wine. Each runner passes
# standard input, output and error through and returns the program's exit code, modulo 256 (a non-zero
# multiple of 256 gives 1; a crash with 0xC0000005 gives 5). Text output has CR LF line ends. Put `timeout N` before a
# runner to bound a run. A 32-bit program that loads user32.dll gets wine's 4-line notice about FreeType
# on standard error: libfreetype6 is left out on purpose (alone, without the rest of what libwine
# depends on, it makes wine fail). The first run starts the prefix's server, which stops after
# OBJKIT_WINE_IDLE (300) idle seconds; later runs reuse it. WINEDEBUG is -all unless the caller sets it.
#
# 64-bit: Debian's wine64, installed. 32-bit: Debian's i386 wine unpacked below DIR by a private apt
# (the system's dpkg architectures are not changed) on top of libc6-i386, an amd64 package.
# Safe to run again: what works already is kept.
# Exit status: 0 both runners work, 2 only run-win64 does, 1 none or a usage error.
set -eu
say() { echo "wine-setup: $*" >&2; }
die() { say "$*"; exit 1; }

[ $# -le 1 ] || die "usage: wine-setup.sh [DIR]"
T=${1:-${OBJKIT_WINE:-${XDG_CACHE_HOME:-$HOME/.cache}/objkit-wine}}
case $T in *[\'\"\ :]*) die "no quote, space or colon may be in the directory's name: $T" ;; esac
mkdir -p "$T"; T=$(cd "$T" && pwd -P)
[ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] || die "needs Debian on amd64"
exec 8>"$T/setup.lock"; flock 8
sudo=; [ "$(id -u)" = 0 ] || sudo="sudo -n"

update() { # refresh the system's package lists; another apt may hold the lock
	for i in 1 2 3 4 5 6; do
		$sudo apt-get -qq update 8>&- >&2 && return; sleep 10
	done
	return 1
}
need() { # FILE PACKAGE: install the package unless the file is there
	[ ! -e "$1" ] || return 0
	say "installing $2"
	for i in 1 2; do
		$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 \
			install -y --no-install-recommends "$2" 8>&- >"$T/apt.log" 2>&1 && break
		[ $i = 2 ] || update || :
	done
	[ -e "$1" ] || { tail -n 5 "$T/apt.log" >&2; return 1; }
}

runner() { # BITS LOADER SERVER WINEARCH [LIBRARY-PATH]
	cat >"$T/run-win$1.new" <<-END
	#!/bin/sh
	# made by wine-setup.sh: run a $1-bit Windows console program
	WINEPREFIX='$T/prefix$1' WINELOADER='$2' WINESERVER='$3' WINEARCH=$4 WINEDEBUG=\${WINEDEBUG--all}
	# No desktop: without this a prefix that cannot make its desktop window starts explorers without end.
	WINEDLLOVERRIDES='mscoree,mshtml,winemenubuilder.exe,winedbg.exe,explorer.exe='
	export WINEPREFIX WINELOADER WINESERVER WINEARCH WINEDEBUG WINEDLLOVERRIDES
	unset DISPLAY WAYLAND_DISPLAY WINEDLLPATH LD_PRELOAD
	# The server and the services it starts must not hold our standard output open: start them apart.
	exec 9>>"\$WINEPREFIX.lock"; flock 9
	"\$WINESERVER" -k0 2>/dev/null || {
	    ${5:+LD_LIBRARY_PATH='$5'; export LD_LIBRARY_PATH}
	    "\$WINESERVER" -p\${OBJKIT_WINE_IDLE:-300}; timeout 180 "\$WINELOADER" cmd /c exit
	} </dev/null >/dev/null 2>&1 9>&-
	exec 9>&-
	${5:+LD_LIBRARY_PATH='$5'; export LD_LIBRARY_PATH}
	exec "\$WINELOADER" "\$@"
	END
	chmod +x "$T/run-win$1.new"; mv "$T/run-win$1.new" "$T/run-win$1"
}
works() { # BITS: does the runner run a program and give its status and output?
	[ -x "$T/run-win$1" ] && [ -d "$T/prefix$1" ] || return 1
	out=$(timeout 240 "$T/run-win$1" cmd /c "echo ok& exit 7" </dev/null 8>&- 2>/dev/null) && return 1 || rc=$?
	case $rc,$out in 7,ok*) return 0 ;; *) return 1 ;; esac
}
slim() { # DIR...: drop debugging data from wine's own DLLs, two thirds of their size
	if command -v strip >/dev/null; then
		find "$@" -type f -size +15k ! -name '*.nls' -print0 | xargs -0 strip 2>/dev/null || :
	fi
}
prefix() { # BITS LOADER SERVER WINEARCH [LIBRARY-PATH]: new prefix, then test
	[ ! -x "$3" ] || WINEPREFIX="$T/prefix$1" "$3" -k >/dev/null 2>&1 || :
	rm -rf "$T/prefix$1"; mkdir -p "$T/prefix$1"
	runner "$@"
	works "$1" || return 1
	WINEPREFIX="$T/prefix$1" "$3" -k; WINEPREFIX="$T/prefix$1" "$3" -w
	slim "$T/prefix$1/drive_c"
	works "$1"
}

# 64-bit
L64=/usr/lib/wine/wine64 S64=/usr/lib/wine/wineserver64
if ! works 64; then
	rm -f "$T/run-win64"
	need $L64 wine64 || die "cannot install wine64: no runner made"
	[ -x $S64 ] || die "this wine64 package has no $S64 (written for Debian 12): no runner made"
	prefix 64 $L64 $S64 win64 || { rm -f "$T/run-win64"; die "wine64 does not run: no runner made"; }
fi
say "64-bit: $T/run-win64"

# 32-bit
no32() { rm -f "$T/run-win32"; say "32-bit NOT available: $*"; exit 2; }
R=$T/root32
root32() { # unpack i386 wine and the few libraries it needs below $R
	targets() { apt-get indextargets 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 'Architecture: amd64' \
		--format 'deb [arch=i386] $(REPO_URI) $(RELEASE) $(COMPONENT)' | sort -u; }
	A=$T/apt; rm -rf "$A" "$R"; mkdir -p "$A/lists/partial" "$A/cache/archives/partial" "$A/debs" "$A/root"
	targets >"$A/sources.list"
	[ -s "$A/sources.list" ] || { update; targets >"$A/sources.list"; }
	[ -s "$A/sources.list" ] || { say "no Debian source in the system's apt"; return 1; }
	: >"$A/status"
	cat >"$A/apt.conf" <<-END
	APT::Architecture "i386"; APT::Architectures { "i386"; };
	APT::Sandbox::User "root"; Acquire::Languages "none"; Acquire::Retries "3";
	Dir::State "$A"; Dir::State::status "$A/status"; Dir::Cache "$A/cache";
	Dir::Etc::sourcelist "$A/sources.list"; Dir::Etc::sourceparts "-";
	END
	APT_CONFIG=$A/apt.conf apt-get -qq update >&2 || say "some i386 package list failed; going on with the others"
	(cd "$A/debs" && APT_CONFIG=$A/apt.conf apt-get -qq download \
		wine32 libwine libunwind8 liblzma5 libgcc-s1 libz-mingw-w64) >&2 || return 1
	for d in "$A"/debs/*.deb; do dpkg-deb -x "$d" "$A/root"; done
	# what libwine's own postinst does: zlib1.dll marked as one of wine's
	z=$A/root/usr/i686-w64-mingw32/lib/zlib1.dll
	{ head -c 64 "$z"; printf 'Wine builtin DLL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'; tail -c +97 "$z"; } \
		>"$A/root/usr/lib/i386-linux-gnu/wine/i386-windows/zlib1.dll"
	rm -rf "$A/root/usr/share/doc" "$A/root/usr/share/man" "$A/root/usr/x86_64-w64-mingw32"
	slim "$A/root/usr/lib/i386-linux-gnu/wine"
	mv "$A/root" "$R"; rm -rf "$A"
}
if ! works 32; then
	rm -f "$T/run-win32"
	need /lib/ld-linux.so.2 libc6-i386 || no32 "cannot install libc6-i386"
	/lib/ld-linux.so.2 --version >/dev/null 2>&1 || no32 "this kernel does not run 32-bit programs"
	[ -x "$R/usr/lib/wine/wine" ] || root32 || no32 "cannot get Debian's i386 packages"
	prefix 32 "$R/usr/lib/wine/wine" "$R/usr/lib/wine/wineserver32" win32 \
		"$R/usr/lib/i386-linux-gnu:$R/lib/i386-linux-gnu" || no32 "the unpacked i386 wine does not run"
fi
say "32-bit: $T/run-win32"
