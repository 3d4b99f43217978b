"""Go templates: what they print, and how they fail. Expectations follow the documentation of text/template and sprig."""

from typing import Any

import pytest

from stackwright.kernel.gotemplate import TemplateError, as_go, parse

VALUES: dict[str, Any] = as_go(
    {
        "name": "web",
        "count": 3,
        "large": 1234567,
        "ratio": 0.5,
        "on": True,
        "nothing": None,
        "list": ["b", "a", "c"],
        "map": {"z": 1, "a": {"b": "deep"}},
        "items": [{"n": "x"}, {"n": "y"}],
    }
)


@pytest.mark.parametrize(
    ("source", "want"),
    [
        ("plain {{ .name }}!", "plain web!"),
        ("{{.count}} {{.ratio}} {{.on}} {{.large}}", "3 0.5 true 1.234567e+06"),
        ("{{ .nothing }}|{{ .missing }}|{{ .missing.deep }}", "<no value>|<no value>|<no value>"),
        ("{{ .list }} {{ .map }}", "[b a c] map[a:map[b:deep] z:1]"),
        ("a  {{- .name -}}  b", "aweb b".replace(" ", "")),
        ("{{/* silent */}}x{{- /* trims */ -}} y", "xy"),
        ("{{ if and .on (eq .name `web`) }}yes{{ else }}no{{ end }}", "yes"),
        ("{{ if .missing }}a{{ else if .on }}b{{ else }}c{{ end }}", "b"),
        ("{{ range $i, $x := .list }}{{ $i }}{{ $x }};{{ else }}none{{ end }}", "0b;1a;2c;"),
        ("{{ range .missing }}x{{ else }}none{{ end }}", "none"),
        ("{{ range $k, $v := .map }}{{ $k }}{{ end }}", "az"),
        ("{{ range .list }}{{ if eq . `a` }}{{ continue }}{{ end }}{{ . }}{{ end }}", "bc"),
        ("{{ range .list }}{{ if eq . `a` }}{{ break }}{{ end }}{{ . }}{{ end }}", "b"),
        ("{{ with .map.a }}{{ .b }}{{ $.name }}{{ end }}", "deepweb"),
        ("{{ $x := 1 }}{{ if .on }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"),
        ("{{ define `t` }}<{{ . }}>{{ end }}{{ template `t` .name }}", "<web>"),
        ("{{ block `t` .name }}[{{ . }}]{{ end }}", "[web]"),
        ("{{ (index .items 1).n }}{{ index .map `a` `b` }}", "ydeep"),
        ('{{ printf "%05.1f|%-5s|%q|%d|%v|%x" 3.14159 .name .name 42 .list "hi" }}', '003.1|web  |"web"|42|[b a c]|6869'),
        ('{{ printf "%d" .name }} {{ printf "%s" }} {{ printf "x" 1 }}', "%!d(string=web) %!s(MISSING) x%!(EXTRA int=1)"),
        ("{{ len .list }} {{ not .on }} {{ ne 1 2 }} {{ lt 1 2 }} {{ ge 2 2 }} {{ eq .name `a` `web` }}", "3 false true true true true"),
        ("{{ or .missing .name }}{{ and .on .missing }}", "web<no value>"),
        ("{{ .name | upper | quote }}", '"WEB"'),
        ("{{ .missing | default `d` }}{{ coalesce .missing .nothing `c` }}{{ ternary `y` `n` .on }}", "dcy"),
        ("{{ join `,` .list }} {{ sortAlpha .list | join `` }} {{ first .list }}{{ last .list }} {{ has `a` .list }}", "b,a,c abc bc true"),
        ("{{ toJson .map }}", '{"a":{"b":"deep"},"z":1}'),
        ('{{ (fromJson "{\\"a\\":[1]}").a }}', "[1]"),
        ("{{ trunc 2 .name }}{{ trunc -2 .name }} {{ substr 0 1 .name }} {{ replace `w` `v` .name }}", "weeb w veb"),
        ("{{ add 1 2 3 }} {{ sub 5 2 }} {{ div 7 2 }} {{ mod 7 2 }} {{ mul 2 3 }} {{ max 1 5 2 }} {{ add .count 1 }}", "6 3 3 1 6 5 4"),
        ("{{ until 3 }} {{ seq 3 }} {{ untilStep 0 6 2 }}", "[0 1 2] 1 2 3 [0 2 4]"),
        ('{{ regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }}', "-W-xxW-"),
        ('{{ regexFind "[a-z]+-[0-9]+" "team app-12 x" }} {{ regexMatch "^w" .name }}', "app-12 true"),
        ("{{ snakecase `FirstName` }} {{ kebabcase `FirstName` }} {{ camelcase `http_server` }}", "first_name first-name HttpServer"),
        ("{{ b64enc .name }} {{ b64dec `d2Vi` }} {{ sha256sum `` | trunc 8 }}", "d2Vi web e3b0c442"),
        ("{{ $d := dict `a` 1 }}{{ $_ := set $d `b` 2 }}{{ keys $d | sortAlpha }} {{ hasKey $d `b` }} {{ get $d `a` }}", "[a b] true 1"),
        ("{{ merge (dict `a` 1) (dict `a` 2 `b` 3) }} {{ dig `a` `b` `none` .map }}", "map[a:1 b:3] deep"),
        ("{{ base `a/b.txt` }} {{ dir `a/b.txt` }} {{ ext `a/b.txt` }} {{ clean `a/../b` }}", "b.txt a .txt b"),
        ("{{ semverCompare `^1.2` `1.9.0` }} {{ semverCompare `~1.2.3` `1.3.0` }} {{ (semver `v1.2.3`).Minor }}", "true false 2"),
        ("{{ indent 2 `a\nb` }}|{{ nindent 1 `a` }}", "  a\n  b|\n a"),
        ("{{ kindOf .map }} {{ typeOf .name }} {{ kindIs `slice` .list }}", "map string true"),
        ("{{ date `2006-01-02T15:04:05Z07:00` 0 }}", "1970-01-01T00:00:00Z"),
        ("{{ `a b` | splitList ` ` | len }} {{ (split `.` `a.b`)._1 }}", "2 b"),
    ],
)
def test_a_template_prints_what_go_prints(source: str, want: str) -> None:
    assert parse(source).render(VALUES) == want


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ .name", "unclosed action"),
        ("{{ if .on }}", "unexpected EOF"),
        ("{{ end }}", "unexpected {{end}}"),
        ("{{ nope .name }}", 'function "nope" not defined'),
        ("{{ $x }}", "undefined variable"),
        ("{{ }}", "missing value for command"),
        ("{{ .name.x }}", "can't evaluate field x in type interface {}"),
        ("{{ index .list 7 }}", "index out of range: 7"),
        ("{{ eq 1 `a` }}", "incompatible types for comparison"),
        ("{{ .count | upper }}", "wrong type for value; expected string; got float64"),
        ("{{ upper }}", "wrong number of args"),
        ("{{ fail `no` }}", "error calling fail: no"),
        ("{{ div 1 0 }}", "divide by zero"),
        ("{{ range .name }}{{ end }}", "range can't iterate over web"),
        ("{{ template `none` }}", 'template "none" not defined'),
        ("{{ .name .count }}", "name is not a method but has arguments"),
        ("{{ 1 | 2 }}", "non executable command"),
        ('{{ mustRegexMatch "(?=a)" .name }}', "error parsing regexp: invalid or unsupported Perl syntax: `(?=`"),
        ("{{ .nothing.deep }}", "nil pointer evaluating interface {}.deep"),
    ],
)
def test_a_template_that_cannot_be_run_tells_why(source: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse(source).render(VALUES)
    assert message in str(caught.value)


def test_a_missing_key_is_an_error_when_asked_for() -> None:
    with pytest.raises(TemplateError, match='map has no entry for key "missing"'):
        parse("{{ .missing }}").render(VALUES, "error")


@pytest.mark.parametrize(
    "source",
    [
        "{{ define `t` }}{{ template `t` . }}{{ end }}{{ template `t` . }}",
        "{{ range until 900000 }}{{ range until 900000 }}x{{ end }}{{ end }}",
        "{{ repeat 1000000000 `x` }}",
        "{{ until 100000000000 }}",
        "{{ " + "(" * 500 + "1" + ")" * 500 + " }}",
        "{{ if 1 }}" * 500,
    ],
    ids=["recursion", "nested-ranges", "a-huge-text", "a-huge-list", "deep-parentheses", "deep-blocks"],
)
def test_a_template_cannot_take_everything(source: str) -> None:
    with pytest.raises(TemplateError):
        parse(source).render({})
