#pragma once

/// The words of one line of a scenario, read one after the other, each as what it must be.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/paxos/ballot.hpp"
#include "sim/scenario/syntax.hpp"

namespace decree::sim::scenario {

/// A line, and what stands behind it as a comment: from `//`, or from `#` with a blank or nothing
/// behind it.
struct SplitLine {
    std::string_view code;
    std::optional<std::string_view> comment;  ///< Without the mark and blanks around it.
};
[[nodiscard]] SplitLine split_comment(std::string_view line);

/// Reads words. The first mistake is kept; whatever is read after it is of no use.
class Words {
public:
    explicit Words(std::string_view code);

    /// What was expected and what was found instead; nothing while all is well.
    [[nodiscard]] const std::optional<std::string>& error() const { return error_; }
    [[nodiscard]] bool ok() const { return !error_; }
    /// Says what is wrong; the first one who does is heard.
    void fail(std::string what);
    /// What was wrong with, and named in, words that are a part of these.
    void take_over(const Words& part);
    /// Every node that was read, in lists, ballots and commands, too.
    [[nodiscard]] const std::vector<NodeId>& named() const { return named_; }

    [[nodiscard]] bool at_end() const { return next_ == words_.size(); }
    /// The next word without reading it; "" at the end.
    [[nodiscard]] std::string_view peek() const { return at_end() ? "" : words_[next_]; }
    /// Reads `word` if it is the next.
    bool skip(std::string_view word);
    /// Nothing more may come.
    void end();

    /// The next word. `what` is what is expected: "a command, as X".
    std::string_view word(std::string_view what);
    NodeId node();
    std::vector<NodeId> nodes(std::string_view what);  ///< `N1,N2`: ascending, nobody twice.
    ClientNumber client();
    Asking asking();  ///< `C1>N1`.
    struct Ends {
        NodeId from;
        std::optional<NodeId> to;
    };
    Ends ends(bool star);  ///< `N1>N2`, or, with `star`, `N1>*`.
    Slot slot();           ///< `#3`.
    Ballot ballot();       ///< `2.1`; `0.0` is none.
    std::uint64_t number(std::string_view what, std::uint64_t least, std::uint64_t most);
    Duration duration();  ///< `120ms`; also us and s.
    Share share();        ///< `2%`, `0.5%`.
    Drift drift();        ///< `+2%`, `-0.5%`.
    Kind kind();
    CommandText command();                ///< As it is submitted.
    ValueText value();                    ///< `X`, `X+Y`, `no-op`.
    std::vector<ValueText> values();      ///< `X,Y`: values, where several were chosen.
    std::vector<CommandText> commands();  ///< `X,Y`, or `nothing`.

    // The same of a part of a word; nothing when it is none.

    [[nodiscard]] static std::optional<NodeId> as_node(std::string_view word);
    [[nodiscard]] static std::optional<ClientNumber> as_client(std::string_view word);
    [[nodiscard]] static std::optional<Slot> as_slot(std::string_view word);
    [[nodiscard]] static std::optional<Ballot> as_ballot(std::string_view word);
    [[nodiscard]] static std::optional<Duration> as_duration(std::string_view word);
    [[nodiscard]] static std::optional<Share> as_share(std::string_view word);
    /// `N1,N2`, ascending; nothing also where a node stands twice.
    [[nodiscard]] static std::optional<std::vector<NodeId>> as_nodes(std::string_view word);

private:
    // Says that `what` was expected where the word read last stands.
    void expected(std::string_view what);
    void note_members(const CommandText& command);
    std::optional<ValueText> read_value(std::string_view text);

    std::vector<std::string_view> words_;
    std::size_t next_ = 0;
    std::optional<std::string> error_;
    std::vector<NodeId> named_;
};

/// Digits alone, without a needless 0 before them, up to `most`.
[[nodiscard]] std::optional<std::uint64_t> plain_number(std::string_view text, std::uint64_t most);

/// The pieces between the marks; one piece where there is no mark.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char mark);

/// Names of one kind of thing as an enumeration: "a, b or c".
[[nodiscard]] std::string one_of_names(std::span<const std::string_view> names);

}  // namespace decree::sim::scenario
