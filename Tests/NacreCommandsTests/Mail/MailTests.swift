import TestSupport
import Testing

@Suite("Patches to and from mail as git does")
struct MailTests {
    private static let history = """
        git init -q -b main repo
        cd repo
        say() { "$@" 2>&1; echo "rc=$?"; git status --short; }
        set +e
        seq 1 40 > a; seq 1 9 > b; git add .; git commit -qm base
        git branch base
        sed -i 's/^5$/five/' a; git commit -qam 'Make five a word'
        printf '\\0\\1' > bin; git add bin; git commit -qm 'Add a binary file

        With a body of two lines,
        the second of which is this.

        Acked-by: Some One <one@example.com>'
        sed -i 's/^25$/tf/' a; git commit -qam 'Größe ändern: ein Betreff, der lang genug ist, um gefaltet zu werden, ja wirklich' \\
            --author 'Jörg Müller <joerg@example.com>'
        git mv b c; chmod +x c; git commit -qam 'Subject with "quotes", dots... and
        a second line of subject that goes on for very long indeed, longer than a header line may' \\
            --author 'Q. U. Oted <q@example.com>'
        echo end >> a; git commit -qam '[area] keep brackets' -m 'Größe im Text'
        git commit -q --allow-empty -m 'nothing'

        """

    @Test(
        "format-patch",
        arguments: [
            "base", "-1", "-2 HEAD~2", "--root HEAD~4", "base..HEAD~1", "--stdout base", "--stdout -n -1", "-N base",
            "-o out base", "-v2 base", "--rfc -2", "--subject-prefix='PATCH x' -2", "--start-number 7 -2", "-k -2",
            "--numbered-files -2", "--suffix=.txt -2", "-s --stdout base", "--cover-letter --stdout base",
            "--cover-letter -o out -v3 base", "--to=a@b --to=c@d --cc=e@f --add-header='X-A: b' --stdout -2",
            "--attach --stdout -2", "--inline --stdout -2", "--attach=B --cover-letter --stdout -2",
            "--thread --stdout -3", "--thread=deep --stdout -3", "--thread --cover-letter --stdout -3",
            "--in-reply-to='<x@y>' --stdout -2", "--thread --in-reply-to='<x@y>' --cover-letter --stdout -3",
            "--no-signature --stdout -1", "--signature='by me' --stdout -1", "--from --stdout base",
            "--from='S Ender <s@e>' --stdout base", "--zero-commit --stdout -2", "--no-stat --stdout -2",
            "-p --stdout -2", "--base=base --stdout base", "--base=base --cover-letter --stdout base", "-q -2",
            "--always -2", "--no-binary --stdout base", "--filename-max-length=20 base", "--output=all -2",
            "--no-encode-email-headers --stdout base", "--full-index --stdout -2", "-U1 --stdout base -- a",
            "--ignore-if-in-upstream --stdout base",
        ])
    func formats(_ options: String) throws {
        let session = try SameSession.run(
            Self.history,
            "say $P format-patch \(options); for f in *.patch *.txt [0-9] all out/*; do "
                + "test -f $f && echo \"== $f\" && cat $f; done"
        ) { text in
            // The time of day is part of ids.
            text.replacing(#/\.[0-9]{9,}\.git\./#, with: ".TIME.git.")
        }
        #expect(session.ours == session.theirs)
    }

    @Test(
        "settings of format-patch",
        arguments: [
            "format.signOff true", "format.subjectPrefix X", "format.to a@b", "format.headers 'X-Y: z'",
            "format.numbered false", "format.coverLetter auto", "format.thread deep",
            "format.signature 'mine'", "format.suffix .p", "format.outputDirectory o", "format.from true",
            "format.notes true",
        ])
    func settings(_ setting: String) throws {
        let session = try SameSession.run(
            Self.history,
            """
            git notes add -m 'a note' HEAD~1; git config \(setting); say $P format-patch -3
            for f in *.patch *.p o/*; do test -f $f && echo "== $f" && cat $f; done
            """
        ) { text in text.replacing(#/\.[0-9]{9,}\.git\./#, with: ".TIME.git.") }
        #expect(session.ours == session.theirs)
    }

    @Test(
        "am of what format-patch wrote gives the same commits",
        arguments: [
            "$P am ../p", "$P am -3 ../p", "$P am -k ../p", "$P am --keep-non-patch ../p", "$P am -b ../p",
            "$P am -s ../p", "$P am -m ../p",
            "$P am -q ../p",
            "$P am --committer-date-is-author-date ../p", "$P am < ../p",
            "$P am --no-3way ../p",
            "$P am ../dir/*", "$P am ../attached",
        ])
    func roundTrip(_ command: String) throws {
        let session = try SameSession.run(
            Self.history,
            """
            git format-patch -q --stdout base..HEAD~1 > ../p; git format-patch -q -o ../dir base..HEAD~1
            git format-patch --attach --stdout base..HEAD~1 > ../attached
            git checkout -q -b other base; say \(command); git log --format='%H %an %ae %ad %cd%n%B'; git reflog --format=%gs
            """)
        #expect(session.ours == session.theirs)
    }

    @Test(
        "am that stops",
        arguments: [
            "say $P am ../p; say $P am --abort", "say $P am ../p; say $P am --skip",
            "say $P am ../p; say $P am --continue; sed -i 's/^cinq$/five/' a; git add a; say $P am --continue",
            "say $P am -3 ../p; cat a; git ls-files -s; say $P am --abort",
            "say $P am -3 ../p; git checkout -q --theirs a; git add a; say $P am --continue",
            "say $P am ../p; say $P am --quit; say $P am --abort",
            "say $P am ../p; $P am --show-current-patch | head -5; $P am --show-current-patch=diff | tail -5",
            "say $P am ../p; git commit -q --allow-empty -m x; say $P am --abort",
            "say $P am --continue; say $P am --skip", "echo x > ../q; say $P am ../q; say $P am ../missing",
            "echo dirt > b; git add b; say $P am ../p", "say $P am ../p; say $P am ../p; say $P am --abort",
            "git reset -q --hard base; say $P am --reject ../p",
            "git reset -q --hard base; printf '#!/bin/sh\\nexit 1\\n' > .git/hooks/applypatch-msg; "
                + "chmod +x .git/hooks/applypatch-msg; say $P am ../p",
        ])
    func stops(_ script: String) throws {
        let session = try SameSession.run(
            Self.history,
            """
            git format-patch -q --stdout base..HEAD~1 > ../p
            git checkout -q -b other base; sed -i 's/^5$/cinq/' a; git commit -qam mine
            \(script); git log --format='%H %s'; ls .git/rebase-apply 2>/dev/null; cat a
            """)
        #expect(session.ours == session.theirs)
    }

    @Test(
        "mail that others wrote",
        arguments: [
            "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: base64\n",
            "Content-Type: text/plain; charset=ISO-8859-1\nContent-Transfer-Encoding: quoted-printable\n",
        ])
    func encodings(_ headers: String) throws {
        let coder =
            headers.contains("base64")
            ? "base64" : "python3 -c 'import quopri,sys;quopri.encode(sys.stdin.buffer,sys.stdout.buffer,0)'"
        let charset = headers.contains("8859") ? "iconv -f utf-8 -t iso-8859-1" : "cat"
        let session = try SameSession.run(
            Self.history,
            """
            { printf 'From: =?UTF-8?Q?J=C3=B6rg?= =?UTF-8?B?IE0=?= <j@x>\\nDate: Tue, 14 Nov 2023 10:00:00 +0200\\n'
              printf 'Subject: Re: [PATCH 1/2] [x]  two   words\\nMIME-Version: 1.0\\n\(headers)\\n'
              { printf 'Größe\\n\\nFrom here\\n---\\n'; git diff HEAD~2 HEAD~1; } | \(charset) | \(coder); } > ../p
            git checkout -q HEAD~2; say $P am ../p; git log -1 --format='%an|%ae|%ad|%B'
            """)
        #expect(session.ours == session.theirs)
    }

    @Test(
        "patches of other programs",
        arguments: [
            "am ../st", "am --patch-format=stgit ../st", "am ../hg", "am --patch-format=hg ../hg", "am ../series",
            "am --patch-format=stgit-series ../series", "am ../plain",
        ])
    func foreign(_ command: String) throws {
        let session = try SameSession.run(
            Self.history,
            """
            git diff base base~0 >/dev/null; git diff base HEAD~4 -- a > ../d; git checkout -q base
            { printf 'Make five a word\n\nAuthor: S T <st@example.com>\nDate: Mon, 1 Jan 2024 10:00:00 +0100\n\nThe body.\n---\n'
              cat ../d; } > ../st
            { printf '# HG changeset patch\n# User H G <hg@example.com>\n# Date 1700000000 -3600\n# Node ID 1\n'
              printf 'Make five a word\n\nThe body.\n\n'; cat ../d; } > ../hg
            cp ../d ../plain
            printf '# This series applies on GIT commit 1\n# comment\nst\n' > ../series
            say $P \(command); git log -1 --format='%an %ae %ad%n%B'
            """)
        #expect(session.ours == session.theirs)
    }
}
