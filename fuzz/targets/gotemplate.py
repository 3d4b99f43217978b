"""Go templates, read and rendered over a value of each kind."""

from fuzz.target import Target
from stackwright.kernel import gotemplate

_VALUE = gotemplate.as_go({"a": 1, "b": "x", "c": [1, 2, {"d": None}], "e": {"f": True}, "": 1.5})


def _tries(data: bytes) -> None:
    source = data.decode("utf-8", "replace")
    if not gotemplate.takes_a_while(source):
        gotemplate.parse(source).render(_VALUE).encode()


TARGET = Target(
    _tries,
    (gotemplate.TemplateError,),
    (
        b"{{ .a }} {{- if eq .b \"x\" }}y{{ else }}z{{ end -}}", b"{{ range $i, $v := .c }}{{ $i }}={{ $v }}{{ break }}{{ end }}",
        b'{{ define "t" }}{{ . }}{{ end }}{{ template "t" .e }}', b'{{ printf "%05.2f %v %q" .a .c .b | upper }}', b"{{ with .e }}{{ .f }}{{ end }}",
        b'{{ dict "a" (list 1 2) | toJson }}', b'{{ index .c 2 | toYaml }}', b'{{ regexReplaceAll "(x)" .b "$1" }}', b'{{ .b | b64enc | sha256sum }}',
        b'{{ repeat 3 "a" | trunc 2 }}', b'{{ now | date "2006" }}', b'{{ substr 0 1 "ab" }}', b'{{ semver "1.2.3" }}', b'{{ splitList "," "a,b" | join "-" }}',
        b'{{ slice .c 1 2 }}', b'{{ until 3 }}', b'{{ add 1 2 | mul 3 | div 0 }}', b'{{ atoi "1" | int64 }}', b'{{ toDecimal "777" }}',
    ),
    ("{{", "}}", "{{-", "-}}", "range ", "if ", "end", "else", "with ", "define ", "template ", "block ", "$x := ", " | ", "printf ", "%v", "%d", "%x",
     "%c", "%*d", "%U", "index ", "slice ", "len ", "dict ", "list ", "seq ", "untilStep ", "repeat ", "substr ", "trunc ", "indent ", "date ",
     "toDate ", "duration ", "fromJson ", "fromYaml ", "toToml ", "regexMatch ", "regexFindAll ", "semverCompare ", "urlParse ", "int64 ", "float64 ",
     "chunk ", "mulf ", "round ", "wrap ", "`", "'a'", "0x1p4", "1e400", "1_000", "1i", "9223372036854775808"),
)  # fmt: skip
