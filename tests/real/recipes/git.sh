# --full: every script of t/ (two cores take half an hour); else the basic ones, merges, packs, pushes and fetches
source_package() { echo git; }
flags='NO_TCLTK=1 NO_PERL= PERL_PATH=/usr/bin/perl NO_PYTHON=1 USE_LIBPCRE= NO_INSTALL_HARDLINKS=1'
build_native() { make -j"$JOBS" $flags CC="$CC" AR="$AR" CFLAGS="-O1 -g" all; }
# scripts run beside each other; each test bears its script's name, and a script that ends early has failed
check_native() {
	scripts='t0000-basic.sh t0001-init.sh t0027-auto-crlf.sh t1006-cat-file.sh t1300-config.sh t1400-update-ref.sh t3200-branch.sh
		t3400-rebase.sh t3701-add-interactive.sh t4013-diff-various.sh t4014-format-patch.sh t5300-pack-object.sh
		t5510-fetch.sh t5516-fetch-push.sh t6300-for-each-ref.sh t6437-submodule-merge.sh t7003-filter-branch.sh
		t7400-submodule-basic.sh t7810-grep.sh t9300-fast-import.sh'
	[ -z "$FULL" ] || scripts=$(cd t && echo t[0-9]*.sh)
	rm -rf t/said
	mkdir t/said
	(cd t && printf '%s\n' $scripts | xargs -P "$JOBS" -I{} sh -c \
		'timeout -k 10 1800 sh ./{} --no-chain-lint >said/{} 2>&1; r=$?; echo "ended $r" >>said/{}') || :
	(cd t/said && cat_named *) >check.out
	sed 's/ok [0-9]* - /ok /; s/^\([^ ]*\) ok # skip \(.*\)/PASS \1 \2 (skipped)/; s/^\([^ ]*\) ok [0-9]* # skip \(.*\)/PASS \1 \2 (skipped)/
		s/^\([^ ]*\) not ok \(.*\) # TODO known breakage.*/PASS \1 \2 (known breakage)/; s/^\([^ ]*\) not ok /FAIL \1 /
		s/^\([^ ]*\) ok /PASS \1 /; s/^\([^ ]*\) ended 0$/PASS \1 ended/; s/^\([^ ]*\) ended .*/FAIL \1 ended/
		/^PASS\|^FAIL/!d; s/^\(PASS [^ ]* .*\) # skip.*/\1 (skipped)/' check.out | LC_ALL=C sort >>"$RESULTS"
	[ "$(grep -c ^PASS "$RESULTS")" -gt "$([ -n "$FULL" ] && echo 20000 || echo 2000)" ]
}
# cat_named FILE...: the lines that tell an outcome, each behind its script's name
cat_named() {
	for f; do grep -aE '^(not )?ok |^ended |^1\.\.0' "$f" | sed "s/^/${f%.sh} /"; done
}
