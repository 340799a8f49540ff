import Arguments
import Testing

@Test func `a command's manual page says what its help says`() {
  #expect(
    answer("--generate man show") == #"""
      .TH "LAB\-SHOW" "8" "" "lab 1.2.3"
      .SH "NAME"
      lab\-show \- show what a network says
      .SH "SYNOPSIS"
      \fBlab show\fR [\fIoptions\fR] \fB\-\-model\fR \fINAME\fR \fIimage\fR...
      .SH "DESCRIPTION"
      Show what a network says.
      .SH "ARGUMENTS"
      .TP
      \fIimage\fR
      Image files.
      .SH "OPTIONS"
      .TP
      \fB\-\-model\fR \fINAME\fR
      The network. (required)
      .TP
      \fB\-\-offset\fR \fIN\fR
      Added to every index. (default: 0)
      .TP
      \fB\-\-watch\fR \fI[TIME]\fR
      Again and again. (without a value: 1s)
      .TP
      \fB\-h\fR, \fB\-\-help\fR
      Show this help and exit.
      .TP
      \fB\-\-version\fR
      Show the version and exit.
      .SH "SEE ALSO"
      \fBlab\fR(8), \fBbench\fR(1)

      """#)
}

@Test func `a manual page has environment, examples and sections of its own`() {
  let page = answer("--generate man train")
  for part in [
    ".SH \"NETWORK\"\n.TP\n\\fB\\-\\-host\\fR \\fIHOST\\fR\n",
    ".SH \"ENVIRONMENT\"\n.TP\n\\fBLAB_WAIT\\fR\nStands for \\fB\\-\\-wait\\fR where",
    ".SH \"EXAMPLES\"\n.PP\n.nf\n  lab train \\-\\-batch 64 \\-\\-out net.bin\n.fi\n",
    ".PP\nThe same data, settings and seed give the same weights on the same kind of ",
  ] {
    #expect(page.contains(part), "\(part)")
  }
}

@Test func `a program's manual page lists its commands`() {
  let page = answer("--generate man")
  #expect(page.contains(".SH \"COMMANDS\"\n.TP\n\\fBlab\\-train\\fR(8)\nTrain a network and"))
  #expect(page.hasSuffix(".SH \"SEE ALSO\"\n\\fBbench\\fR(1)\n"))
}

@Test func `bash is told commands, options, values and files`() {
  let script = answer("--generate complete-bash")
  for line in [
    "      train | show) command=$word && break ;;",
    "    'train --schedule') words='constant cosine step' ;;",
    "    'train --out' | 'train -o') files=default ;;",
    "    ' '*) words='train show --help -h --version --generate' ;;",
    "    'show '*) words='--model --offset --watch --help -h --version' files=default ;;",
    "complete -F _lab lab",
  ] {
    #expect(script.contains("\n\(line)\n"), "\(line)")
  }
  // Its value may be left out, so that what follows may be an option.
  #expect(!script.contains("'show --watch'"))
}

@Test func `zsh is told commands, options, values and files`() {
  let script = answer("--generate complete-zsh")
  for line in [
    "'show:Show what a network says'",
    "'(--schedule)--schedule=[How the rate falls]:NAME:(constant cosine step)' \\",
    "'(--out -o)-o+[Where the network goes]:FILE:_files' \\",
    "'*--tag=[Words for the card]:TEXT: ' \\",
    "'(--watch)--watch=[Again and again]::\\[TIME\\]: ' \\",
    "'*:image:_files'",
  ] {
    #expect(script.contains("  \(line)\n"), "\(line)")
  }
}

@Test func `fish is told commands, options, values and files`() {
  let script = answer("--generate complete-fish")
  let train = "complete -c lab -n '__fish_seen_subcommand_from train'"
  for line in [
    "complete -c lab -n __fish_use_subcommand -a show -d 'Show what a network says'",
    "\(train) -l schedule -x -a 'constant cosine step' -d 'How the rate falls'",
    "\(train) -l out -s o -r -F -d 'Where the network goes'",
    "\(train) -l quiet -s q -d 'Print nothing'",
    "complete -c lab -n '__fish_seen_subcommand_from show' -F",
  ] {
    #expect(script.contains("\n\(line)\n"), "\(line)")
  }
}

@Test(arguments: [
  ("--generate", "lab: --generate needs a value: expected man, complete-bash, complete-zsh or co"),
  ("--generate complete-fsh", "complete-zsh or complete-fish, got 'complete-fsh'; did you mean c"),
  ("--generate man paint", "lab: unexpected argument 'paint'"),
  ("--generate complete-bash train", "lab: unexpected argument 'train'"),
])
func `what cannot be generated is an error`(line: String, message: String) {
  #expect(answer(line).contains(message))
}

@Test func `a text is also asked for by one word`() {
  #expect(answer("--generate=man") == answer("--generate man"))
}
