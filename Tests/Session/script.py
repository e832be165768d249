"""The whole session: which doubles are started, and what each is asked."""

import command_line
import control_calls
import file_calls
import monitor_calls
import rule_calls
import task_calls
import wire_calls
from playing import Player, Tape

SEED = 18
REVISIONS = ("2026-07", "2026-10")


def play(binary, seed):
    """Every call's record, in order."""
    tape = Tape()

    def double(section, *flags, **options):
        return Player(tape, section, binary, seed, *flags, **options)

    for revision, other in (REVISIONS, REVISIONS[::-1]):
        flags = ["--contract", revision]
        with double(f"monitors {revision}", *flags) as player:
            player.start_anew()
            monitor_calls.revision(player, other)
        with double(f"tasks {revision}", *flags) as player:
            player.start_anew()
            task_calls.revision(player)
        with double(f"rules {revision}", *flags) as player:
            player.start_anew()
            rule_calls.revision(player)
        with double(f"control {revision}", *flags) as player:
            player.start_anew()
            control_calls.all_of_it(player)
    with double("wire") as player:
        player.start_anew()
        wire_calls.all_of_it(player)
    token = "open sesame"
    with double("fixtures", *file_calls.FLAGS, token=token, files=file_calls.FILES) as player:
        player.start_anew(file_calls.ACME, file_calls.BETA)
        file_calls.with_fixtures(player)
    with double("no journal", "--journal-entries", "0") as player:
        player.start_anew()
        file_calls.without_journal(player)
    with double("full disk", "--database", "ledger.db") as player:
        player.start_anew()
        file_calls.with_full_disk(player)
    command_line.CommandLine(tape, binary, seed).play()
    return tape.records
