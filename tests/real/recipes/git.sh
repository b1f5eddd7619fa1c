# --full: every script of t/ (an hour and more); else the basic ones, merges, packs, pushes and fetches
source_package() { echo git; }
flags='NO_TCLTK=1 NO_PERL= PERL_PATH=/usr/bin/perl NO_PYTHON=1 USE_LIBPCRE= NO_INSTALL_HARDLINKS=1'
build_native() { make -j"$JOBS" $flags CC="$CC" AR="$AR" CFLAGS="-O1 -g" all; }
check_native() {
	scripts='t0000-basic.sh t0001-init.sh t0027-auto-crlf.sh t1006-cat-file.sh t1300-config.sh t1400-update-ref.sh t3200-branch.sh
		t3400-rebase.sh t3701-add-interactive.sh t4013-diff-various.sh t4014-format-patch.sh t5300-pack-object.sh
		t5510-fetch.sh t5516-fetch-push.sh t6300-for-each-ref.sh t6437-submodule-merge.sh t7003-filter-branch.sh
		t7400-submodule-basic.sh t7810-grep.sh t9300-fast-import.sh'
	[ -z "$FULL" ] || scripts=$(cd t && echo t[0-9]*.sh)
	make -C t -k -j"$JOBS" $flags CC="$CC" AR="$AR" CFLAGS="-O1 -g" T="$(echo $scripts)" TEST_LINT= GIT_TEST_OPTS="--no-chain-lint" DEFAULT_TEST_TARGET=test >check.out 2>&1 || :
	grep -aE '^(not )?ok ' check.out | sed 's/^ok [0-9]* - /PASS /; s/^not ok [0-9]* - \(.*\) # TODO known breakage.*/PASS \1 (known breakage)/
		s/^not ok [0-9]* - /FAIL /; s/^ok [0-9]* # skip/PASS skip/; s/ # skip.*/ (skipped)/' | LC_ALL=C sort >>"$RESULTS"
	[ "$(grep -c ^PASS "$RESULTS")" -gt 2000 ]
}
