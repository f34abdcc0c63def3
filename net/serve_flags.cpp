#include "net/serve_flags.hpp"

#include <CLI/CLI.hpp>

namespace decree::net {
namespace {

void add_cluster(CLI::App& command, ServeArguments& arguments) {
    command.add_option("--name", arguments.name, "The cluster's name (local)")
        ->type_name("CLUSTER");
    command
        .add_option("--peers", arguments.peers,
                    "Found a cluster with the nodes at these --peer addresses, this one among "
                    "them: the same list at each")
        ->delimiter(',')
        ->type_name("HOST:PORT,...");
    command
        .add_option("--join", arguments.join,
                    "Join the cluster of the node at this --peer address, or at one of these")
        ->delimiter(',')
        ->type_name("HOST:PORT,...");
    command
        .add_option("--hist", arguments.hist,
                    "Revisions of history kept (2000); fixed when the cluster is made")
        ->type_name("N");
    command
        .add_option("--names", arguments.names,
                    "doozer, or wide: _ : @ + = , in paths, too (doozer); fixed when the cluster "
                    "is made")
        ->type_name("NAMES");
    command
        .add_option("--limit", arguments.limits,
                    "A setting of the cluster that is made, by a name that `decree configure` "
                    "prints; may be given again")
        ->type_name("NAME=N");
}

void add_addresses(CLI::App& command, ServeArguments& arguments) {
    command
        .add_option("--data", arguments.data,
                    "The folder for what the node must not forget (./decree-data)")
        ->type_name("DIR");
    command.add_option("--client", arguments.client, "Where clients connect (127.0.0.1:8046)")
        ->type_name("HOST:PORT");
    command
        .add_option("--advertise-client", arguments.advertise_client, "What clients dial instead")
        ->type_name("HOST:PORT");
    command.add_option("--peer", arguments.peer, "Where other nodes connect (127.0.0.1:8047)")
        ->type_name("HOST:PORT");
    command
        .add_option("--advertise-peer", arguments.advertise_peer, "What other nodes dial instead")
        ->type_name("HOST:PORT");
}

void add_secrets(CLI::App& command, ServeArguments& arguments) {
    command.add_option("--rw-secret", arguments.rw_secret, "Who may read and write must say this")
        ->envname("DOOZER_RWSECRET")
        ->type_name("S");
    command.add_option("--ro-secret", arguments.ro_secret, "Who may read must say this")
        ->envname("DOOZER_ROSECRET")
        ->type_name("S");
    command
        .add_option("--peer-secret", arguments.peer_secret,
                    "What all nodes of the cluster know (that of --rw-secret)")
        ->envname("DECREE_PEER_SECRET")
        ->type_name("S");
    command.add_flag("--insecure", arguments.insecure,
                     "Let other machines' nodes connect although there is no secret");
}

void add_leases(CLI::App& command, ServeArguments& arguments) {
    command
        .add_option("--lease", arguments.lease,
                    "A leader reads without asking others while a majority has answered it within "
                    "so long (off); fixed when the cluster is made")
        ->type_name("TIME");
    command
        .add_option("--clock-drift", arguments.clock_drift,
                    "For that: no clock of a node gains or loses more microseconds in a second "
                    "(10000)")
        ->type_name("PPM");
}

void add_members(CLI::App& command, ServeArguments& arguments) {
    command
        .add_option("--dead-after", arguments.dead_after,
                    "A voter of which a majority has heard nothing for so long is replaced, or "
                    "removed (60s); never: none is")
        ->type_name("TIME");
    command
        .add_option("--stable-after", arguments.stable_after,
                    "Between two such changes, and after a change of leader (2s)")
        ->type_name("TIME");
    command
        .add_option("--least-voters", arguments.least_voters,
                    "The dead are not removed below so many, only replaced (3)")
        ->type_name("N");
    command.add_flag("--no-promotion", arguments.no_promotion,
                     "As leader, give no free slot to a learner unasked");
}

}  // namespace

CLI::App& add_serve(CLI::App& app, ServeArguments& arguments) {
    CLI::App& command = *app.add_subcommand("serve", "Run a node.");
    add_cluster(command, arguments);
    add_addresses(command, arguments);
    add_secrets(command, arguments);
    add_members(command, arguments);
    add_leases(command, arguments);
    command
        .add_option("--scrub-every", arguments.scrub_every,
                    "Read a file of the journal, or a snapshot, again so often, to find damage "
                    "(10s); never: only when a node starts")
        ->type_name("TIME");
    command.add_flag("--local-reads", arguments.local_reads,
                     "Answer reads as this node has it now, possibly stale");
    command
        .add_option("--request-timeout", arguments.request_timeout,
                    "Answer with an error after so long (10s)")
        ->type_name("TIME");
    command
        .add_option("--pulse", arguments.pulse,
                    "Write /ctl/node/ID/applied as often, as Doozer did (0: never)")
        ->type_name("SECONDS");
    command
        .add_option("--record", arguments.record,
                    "Record all that happens to the node, with what clients write, as a trace for "
                    "decree-trace; a gigabyte at most")
        ->type_name("FILE");
    command
        .add_option("--log", arguments.log,
                    "error, warning, info or debug (info); SIGUSR1 changes to debug and back")
        ->type_name("LEVEL");
    return command;
}

}  // namespace decree::net
