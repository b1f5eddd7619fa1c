# objkit.m4 - checks that configure.ac names. Kept small: few switches, clear messages.

# OBJKIT_TRY_FLAG(VARIABLE, FLAG): appends FLAG to VARIABLE if compiler and linker take it.
AC_DEFUN([OBJKIT_TRY_FLAG], [
	objkit_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -Werror $2"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [$1="$$1 $2"])
	CFLAGS=$objkit_save_CFLAGS
])

AC_DEFUN([OBJKIT_WARNINGS], [
	AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [treat compiler warnings as errors])],
		[], [enable_werror=no])
	AC_MSG_CHECKING([which warnings the compiler knows])
	m4_foreach_w([flag], [-Wall -Wextra -Wvla -Wshadow -Wconversion -Wsign-conversion -Wmissing-prototypes
		-Wstrict-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings
		-Wundef -Wformat=2 -Wimplicit-fallthrough -Wnull-dereference -Wdouble-promotion
		-Werror=format-security -Werror=implicit-function-declaration],
		[OBJKIT_TRY_FLAG([WARN_CFLAGS], flag)])
	AS_IF([test "x$enable_werror" = xyes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
	AC_MSG_RESULT([done])
	AC_SUBST([WARN_CFLAGS])
])

AC_DEFUN([OBJKIT_HARDENING], [
	AC_ARG_ENABLE([hardening], [AS_HELP_STRING([--disable-hardening],
		[do not add stack protector, fortify, PIE, RELRO])], [], [enable_hardening=yes])
	AS_IF([test "x$enable_hardening" = xyes], [
		m4_foreach_w([flag], [-fstack-protector-strong -fPIE -ftrivial-auto-var-init=zero],
			[OBJKIT_TRY_FLAG([HARDEN_CFLAGS], flag)])
		AS_CASE([$host_os], [mingw*], [], [ # gcc 12 breaks down over it with Windows' unwind tables
			OBJKIT_TRY_FLAG([HARDEN_CFLAGS], [-fstack-clash-protection])])
		# quoted: a flag has commas
		m4_foreach_w([flag], [-pie -Wl,-z,relro -Wl,-z,now],
			[OBJKIT_TRY_FLAG([HARDEN_LDFLAGS], [m4_defn([flag])])])
		HARDEN_CPPFLAGS="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"
	])
	AC_SUBST([HARDEN_CFLAGS])
	AC_SUBST([HARDEN_LDFLAGS])
	AC_SUBST([HARDEN_CPPFLAGS])
])

AC_DEFUN([OBJKIT_INSTRUMENT], [
	m4_foreach_w([kind], [asan ubsan tsan coverage], [
		AC_ARG_ENABLE(kind, [AS_HELP_STRING([--enable-]kind, [build instrumented (]kind[)])], [],
			[AS_VAR_SET([enable_]kind, [no])])])
	AS_IF([test "x$enable_asan" = xyes], [INSTR_CFLAGS="$INSTR_CFLAGS -fsanitize=address -fno-omit-frame-pointer"])
	AS_IF([test "x$enable_ubsan" = xyes],
		[INSTR_CFLAGS="$INSTR_CFLAGS -fsanitize=undefined -fno-sanitize-recover=all"])
	AS_IF([test "x$enable_tsan" = xyes], [INSTR_CFLAGS="$INSTR_CFLAGS -fsanitize=thread"])
	AS_IF([test "x$enable_coverage" = xyes], [INSTR_CFLAGS="$INSTR_CFLAGS --coverage -O0"])
	AS_IF([test -n "$INSTR_CFLAGS"], [HARDEN_CPPFLAGS="-U_FORTIFY_SOURCE"])
	AC_SUBST([INSTR_CFLAGS])
])

# OBJKIT_PKG(PREFIX, MODULE, DEBIAN-PACKAGE)
AC_DEFUN([OBJKIT_PKG], [
	PKG_CHECK_MODULES([$1], [$2], [], [AC_MSG_ERROR([$2 is needed (Debian: $3)])])
])

# OBJKIT_OPTIONAL_PKG(SWITCH, PREFIX, MODULE, DEBIAN-PACKAGE, WHAT-FOR): on by default.
AC_DEFUN([OBJKIT_OPTIONAL_PKG], [
	AC_ARG_WITH([$1], [AS_HELP_STRING([--without-$1], [build without $5])], [], [with_$1=yes])
	AS_IF([test "x$with_$1" != xno], [
		PKG_CHECK_MODULES([$2], [$3], [AC_DEFINE([HAVE_$2], [1], [Define for $5])],
			[AC_MSG_ERROR([$3 is needed for $5 (Debian: $4; or --without-$1)])])
	])
])

# OBJKIT_DLOPEN_PKG(SWITCH, PREFIX, MODULE, DEBIAN-PACKAGE, HEADER, FUNCTION, LIBRARY, WHAT-FOR): a
# library that is loaded at run time when first needed, so that starting up does not pay for it. Its
# SONAME is read from the library that the linker finds.
AC_DEFUN([OBJKIT_DLOPEN_PKG], [
	AC_ARG_WITH([$1], [AS_HELP_STRING([--without-$1], [build without $8])], [], [with_$1=yes])
	AS_IF([test "x$with_$1" != xno], [
		PKG_CHECK_MODULES([$2], [$3], [],
			[AC_MSG_ERROR([$3 is needed for $8 (Debian: $4; or --without-$1)])])
		AC_MSG_CHECKING([the run-time name of lib$7])
		objkit_save_LIBS=$LIBS; LIBS="$$2_LIBS $LIBS"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([extern char $6();], [return $6() != 0;])],
			[objkit_soname=`LC_ALL=C ${OBJDUMP-objdump} -p conftest$EXEEXT 2>/dev/null |
				$SED -n 's/^ *NEEDED *\(lib$7\.so[[^ ]]*\).*/\1/p'`])
		LIBS=$objkit_save_LIBS
		AS_IF([test -z "$objkit_soname"], [AC_MSG_ERROR([lib$7 does not link as a shared library])])
		AC_MSG_RESULT([$objkit_soname])
		AC_DEFINE([HAVE_$2], [1], [Define for $8])
		AC_DEFINE_UNQUOTED([$2_SONAME], ["$objkit_soname"], [What to load for $8])
	])
])

# XXH3, used inline: no run-time library.
AC_DEFUN([OBJKIT_XXHASH], [
	PKG_CHECK_MODULES([XXHASH], [libxxhash >= 0.8.0], [],
		[AC_MSG_ERROR([libxxhash is needed (Debian: libxxhash-dev)])])
])

# The demangler. libiberty has no pkg-config file; its header lies in libiberty/ or directly.
AC_DEFUN([OBJKIT_LIBIBERTY], [
	AC_CHECK_HEADER([libiberty/demangle.h], [], [AC_MSG_ERROR([libiberty is needed (Debian: libiberty-dev)])])
	AC_CHECK_LIB([iberty], [cplus_demangle], [LIBIBERTY_LIBS=-liberty],
		[AC_MSG_ERROR([libiberty is needed (Debian: libiberty-dev)])])
	AC_SUBST([LIBIBERTY_LIBS])
])

AC_DEFUN([OBJKIT_SYMLINKS], [
	AC_ARG_ENABLE([symlinks], [AS_HELP_STRING([--enable-symlinks@<:@=PREFIX@:>@],
		[install ar, nm … as links to objkit, each with PREFIX before its name])], [], [enable_symlinks=no])
	AS_CASE([$enable_symlinks], [no], [LINK_PREFIX=], [yes], [LINK_PREFIX=], [LINK_PREFIX=$enable_symlinks])
	AS_IF([test "x$enable_symlinks" = xno], [INSTALL_LINKS=no], [INSTALL_LINKS=yes])
	AC_SUBST([INSTALL_LINKS])
	AC_SUBST([LINK_PREFIX])
])

# For Windows the POSIX calls come from src/base/win32, included before every source; the program is one
# file, with the run-time libraries in it. Formats are checked by the other builds: the attribute means
# Microsoft's printf here, and the functions used are mingw-w64's C99 ones.
AC_DEFUN([OBJKIT_WINDOWS], [
	AS_CASE([$host_os], [mingw*], [
		windows=yes
		WINDOWS_CPPFLAGS='-I$(top_srcdir)/src/base/win32/include -include $(top_srcdir)/src/base/win32/posix.h'
		WINDOWS_LDFLAGS=-static
		WARN_CFLAGS="$WARN_CFLAGS -Wno-format -Wno-format-security"
	], [windows=no])
	AM_CONDITIONAL([WINDOWS], [test $windows = yes])
	AC_SUBST([WINDOWS_CPPFLAGS])
	AC_SUBST([WINDOWS_LDFLAGS])
])
