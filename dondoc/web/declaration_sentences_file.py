"""What reading a declaration's file says of it, by pattern, and how a page says the same."""

from __future__ import annotations

from integrations.wording import marked

READING: tuple[tuple[str, str], ...] = (
    (r"the file is empty", marked("the file is empty")),
    (r"declare something, or remove the file", marked("declare something, or leave the file out")),
    (r"not UTF-8: the byte (?P<byte>\w+)", marked("not UTF-8: the byte %(byte)s")),
    (r"save the file as UTF-8", marked("save the file as UTF-8")),
    (r"the invisible character (?P<sign>U\+\w+)", marked("an invisible character (%(sign)s)")),
    (r"remove the character", marked("remove the character")),
    (r"a second document begins", marked("a second document begins here")),
    (r"one file, one document", marked("one file, one document")),
    (r"no valid YAML from here on", marked("no valid YAML from here on")),
    (
        r"check the escapes \(.*\) in double quotes",
        marked("check the escapes (\\x, \\u, \\U) in double quotes"),
    ),
    (r"no valid YAML: (?P<told>.+)", marked("no valid YAML: %(told)s")),
    (
        r"""found character (?P<value>'.+'|\".+\") that cannot start any token""",
        marked("nothing can begin with %(value)s"),
    ),
    (
        r"(?:block )?(?:mapping values|mapping keys|sequence entries) (?:are )?not allowed here",
        marked("no further value or key can stand here"),
    ),
    (r"found unexpected end of stream", marked("the file ends within quotation marks")),
    (r"found unexpected document separator", marked("“---” within quotation marks")),
    (r"could not find expected ':'|could not found expected ':'", marked("a colon is missing")),
    (
        r"""found unknown escape character (?P<value>'.+'|\".+\")""",
        marked("no escape is called %(value)s"),
    ),
    (
        r"found (?:duplicate YAML directive|incompatible YAML document .*|undefined tag handle "
        r".*)|unreadable",
        marked("a directive or a tag that is not read"),
    ),
    (
        r"""expected .*?,? ?but (?:found|got) (?P<value>'.+'|\".+\"|0)""",
        marked("something else is missing before %(value)s"),
    ),
    (r"indent with blanks, never with tabs", marked("indent with blanks, never with tabs")),
    (
        r"put a text that holds ': ' in quotes; check the indentation",
        marked("put a text that holds “: ” in quotes; check the indentation"),
    ),
    (r"put the text in quotes", marked("put the text in quotes")),
    (r"close the quotation mark", marked("close the quotation mark")),
    (
        r"write 'key: value'; check the indentation",
        marked("write “key: value”; check the indentation"),
    ),
    (
        r"begin the keys of one mapping, or the '-' of one list, in one column",
        marked("begin the keys of one mapping, or the “-” of one list, in one column"),
    ),
    (r"write a value here", marked("write a value here")),
    (
        r"separate with commas and close the bracket",
        marked("separate with commas and close the bracket"),
    ),
    (r"nested deeper than (?P<n>\d+)", marked("nested deeper than %(n)s levels")),
    (r"flatten it", marked("use fewer levels")),
    (r"larger than (?P<size>\d+) MiB", marked("larger than %(size)s MiB")),
    (r"split the plan into several files", marked("split the plan into several files")),
    (r"the key (?P<value>'.*') stands twice", marked("the key %(value)s stands twice")),
    (r"keep one; the first is at (?P<at>\d+:\d+)", marked("keep one; the first is at %(at)s")),
    (r"a list or a mapping as a key", marked("a list or a mapping as a key")),
    (r"the key (?P<key>.*) is no text", marked("the key “%(key)s” is no text")),
    (r"use a word as the key", marked("use a word as the key")),
    (r"(?P<value>'.*') is no usable number", marked("%(value)s is no usable number")),
    (r"write a finite number", marked("write a finite number")),
    (r"the alias '(?P<name>.*)'", marked("the alias “%(name)s”")),
    (r"write the value out", marked("write the value out")),
    (r"the anchor '(?P<name>.*)'", marked("the anchor “%(name)s”")),
    (r"remove it; write the values out", marked("remove it; write the values out")),
    (r"the tag '(?P<name>.*)'", marked("the tag “%(name)s”")),
    (r"remove it; write plain values", marked("remove it; write plain values")),
    (r"too many problems to read on", marked("too many errors to read on")),
    (r"correct these first|correct the others first", marked("correct the others first")),
    (
        r"(?P<n>\d+) further problems are not shown",
        marked("further errors that are not shown: %(n)s"),
    ),
    (r"there is no such file", marked("there is no such file")),
    (r"check the path", marked("check the path")),
    (r"this is not a file", marked("this is not a file")),
    (r"name a YAML file, or a folder of them", marked("name a YAML file, or a folder of them")),
    (r"cannot be read: .*", marked("the file cannot be read")),
    (r"check the path and its rights", marked("check the path and its rights")),
)
