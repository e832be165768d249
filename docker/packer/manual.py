"""The manual page, from what the program says of its own command line."""

import time as times


def page(program, time):
    """The page in the man macros of troff."""
    command = program.command
    date = times.strftime("%Y-%m-%d", times.gmtime(time))
    lines = [
        f'.TH CLORO\\-MOCK 1 "{date}" "cloro\\-mock {program.version}"',
        ".SH NAME",
        f"cloro\\-mock \\- {quoted(command['abstract'])}",
        ".SH SYNOPSIS",
        ".B cloro\\-mock",
        "[\\fIcommand\\fR] [\\fIoptions\\fR]",
        ".SH DESCRIPTION",
        ".nf",
        *map(quoted, command["discussion"].splitlines()),
        ".fi",
        ".SH COMMANDS",
    ]
    for each in command["subcommands"]:
        if each["commandName"] == "help":
            continue
        lines += [".SS " + quoted(f"cloro-mock {each['commandName']}"), quoted(each["abstract"])]
        if discussion := each.get("discussion"):
            lines += [".PP", *map(quoted, discussion.splitlines())]
        for argument in each.get("arguments", []):
            if not argument["shouldDisplay"]:
                continue
            lines += [".TP", heading(argument), quoted(argument.get("abstract", ""))]
    return "\n".join(lines) + "\n"


def heading(argument):
    """An option with its value, or an argument."""
    value = f"\\fI{quoted(argument['valueName'])}\\fR"
    if argument["kind"] == "positional":
        return value
    names = ", ".join(
        f"\\fB{quoted(('--' if name['kind'] == 'long' else '-') + name['name'])}\\fR"
        for name in argument["names"]
    )
    return names if argument["kind"] == "flag" else f"{names} {value}"


def quoted(text):
    """A text that troff prints as it is: no line of it is a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text
