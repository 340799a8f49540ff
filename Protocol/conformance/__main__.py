"""The command line: python3 -m conformance server|client …"""

import argparse
import pathlib
import sys

from . import client_rules, server_handshake, server_order, server_predict, server_small
from . import server_states, server_vectors
from .client_server import Client, ScriptedServer
from .connection import Server
from .rules import Failed, Report
from .server_handshake import SCOPES


def arguments():
    parser = argparse.ArgumentParser(
        prog="conformance", description="Judges a server or a client of the Digits protocol by "
        "its specification, ../SPEC.md.",
        epilog="Exit status: 0 no rule was broken; 1 one was; 2 the command line is wrong, or the "
        "subject cannot be reached. Warnings are for what the specification says 'should' of.")
    commands = parser.add_subparsers(dest="command", required=True)
    server = commands.add_parser("server", help="judge the server at an address")
    server.add_argument("address", metavar="ADDRESS", nargs="?",
                        help="HOST:PORT, [IPV6]:PORT or unix:PATH")
    server.add_argument("--token-file", metavar="FILE", help="the token that the server asks for")
    server.add_argument("--limited-token-file", metavar="SCOPES=FILE", action="append", default=[],
                        help="a token that is good only for these of predict, stats and admin, "
                        "with commas between (may be repeated)")
    server.add_argument("--drain-pid", metavar="PID", type=int,
                        help="judge the drain, last: this process is sent SIGTERM")
    server.add_argument("--wait", metavar="SECONDS", type=float, default=0,
                        help="judge time-outs that come within this (default: 0, none)")
    server.add_argument("--connection-limit", metavar="N", type=int, default=0,
                        help="the most connections that the server takes: judge what it does then "
                        "(default: not judged)")
    client = commands.add_parser(
        "client", help="listen, and judge the clients that connect",
        description="Listens as a server, and judges what a client does. With --run it starts the "
        "client for each rule, and judges its exit status too; without, start one for each rule "
        "that it waits for.")
    client.add_argument("--listen", metavar="HOST:PORT", default="127.0.0.1:0",
                        help="where to listen (default: 127.0.0.1:0, a free port)")
    client.add_argument("--run", metavar="KIND=COMMAND", action="append", default=[],
                        help="a command that sends one PING, PREDICT, STATS, METADATA or RELOAD, "
                        "or prints the MODELS; {address} in it is replaced (may be repeated)")
    for command in (server, client):
        command.add_argument("--only", metavar="PATTERN", action="append", default=[],
                             help="only rules of this section, or with this in their title; "
                             "* stands for anything (may be repeated)")
        command.add_argument("--list", action="store_true", help="list the rules and exit")
        command.add_argument("--quiet", action="store_true", help="do not print what passes")
    return parser


def server_rules(patterns):
    books = (server_small, server_handshake, server_predict, server_order, server_states)
    rules = [rule for book in books for rule in book.RULES.chosen(patterns)]
    rules += server_vectors.book().chosen(patterns)
    return rules, server_states.DRAIN.chosen(patterns)


def read_token(path):
    return pathlib.Path(path).read_bytes().strip()


def limited_tokens(parser, options):
    """Pairs of a token and the set of its scopes."""
    tokens = []
    for option in options.limited_token_file:
        scopes, _, path = option.partition("=")
        if not path or not set(scopes.split(",")) <= set(SCOPES):
            parser.error(f"expected SCOPES=FILE with scopes of {', '.join(SCOPES)}, got {option!r}")
        tokens.append((read_token(path), set(scopes.split(","))))
    return tokens


def judge_server(parser, options):
    limited = limited_tokens(parser, options)
    token = read_token(options.token_file) if options.token_file else b""
    try:
        server = Server(options.address, token, options.wait, options.drain_pid, limited,
                        options.connection_limit)
    except (OSError, Failed) as error:
        print(f"conformance: expected a server at {options.address}: {error}", file=sys.stderr)
        return 2
    rules, drain_rules = server_rules(options.only)
    report = Report(options.quiet)
    report.run(rules, server)
    if options.drain_pid and drain_rules:
        report.run(drain_rules, server_states.Drain(server))
    return report.finish(options.address)


def judge_client(parser, options):
    commands = dict(run.split("=", 1) for run in options.run if "=" in run)
    if len(commands) < len(options.run) or commands.keys() - set(client_rules.COMMANDS):
        parser.error(f"expected KIND=COMMAND of {client_rules.COMMANDS}, got {options.run}")
    server = ScriptedServer(options.listen)
    print(f"listening at {server.address}", flush=True)
    report = Report(options.quiet)
    report.run(client_rules.RULES.chosen(options.only), server, Client(commands, server.address))
    return report.finish("client")


def main():
    parser = arguments()
    options = parser.parse_args()
    if options.list:
        is_client = options.command == "client"
        books = [client_rules.RULES.chosen(options.only)] if is_client else (
            server_rules(options.only))
        for rules in books:
            for rule in rules:
                print(rule.title)
        return 0
    if options.command == "client":
        return judge_client(parser, options)
    if not options.address:
        parser.error("expected an address, got none")
    return judge_server(parser, options)


if __name__ == "__main__":
    sys.exit(main())
