#include "net/handshake.hpp"

#include <array>
#include <random>
#include <string_view>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/node_name.hpp"

namespace decree::net {
namespace {

constexpr std::string_view program_name = "decree peer";
constexpr std::uint64_t protocol_version = 4;
constexpr std::size_t drawn_bytes = 16;
constexpr std::size_t longest_address = 512;

// What a side knows the secret by. `role` keeps one side from showing the other's code back to it.
ByteBuffer prove(const std::string& secret, std::string_view role, const Greeting& dialled,
                 const Greeting& dials) {
    ByteBuffer text;
    Encoder out(text);
    out.put(std::string(role));
    out.put(dialled);
    out.put(dials);
    std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), code.data(), &size);
    const Bytes bytes = std::as_bytes(std::span(code).first(size));
    return {bytes.begin(), bytes.end()};
}

bool same(const ByteBuffer& a, const ByteBuffer& b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// What is wrong with who says that, before any proof.
std::string mismatch(const PeerIdentity& self, const Greeting& heard) {
    if (heard.program != program_name) return "it is no node of decree";
    if (heard.version != protocol_version) {
        return fmt::format("it speaks version {}, this is version {}", heard.version,
                           protocol_version);
    }
    if (heard.cluster != self.cluster) {
        return fmt::format("it belongs to the cluster '{}', this one to '{}'", heard.cluster,
                           self.cluster);
    }
    const bool both_members = heard.id != ClusterId{} && self.id != ClusterId{};
    if (both_members && heard.id != self.id) {
        return fmt::format(
            "it belongs to another cluster that is called '{}', too: to {:016X}, this one to "
            "{:016X}",
            heard.cluster, heard.id.value, self.id.value);
    }
    if (heard.life.node == self.life.node && heard.life.process != self.life.process) {
        return fmt::format(
            "another process runs as node {}; one of the two runs on a copy of the data folder, "
            "and is to be stopped",
            node_name(heard.life.node));
    }
    if (heard.address.size() > longest_address) return "its address is too long";
    if (heard.drawn.size() != drawn_bytes) return "it drew nothing";
    return {};
}

}  // namespace

Greeting greet(const PeerIdentity& self) {
    Greeting greeting{.program = std::string(program_name),
                      .version = protocol_version,
                      .cluster = self.cluster,
                      .id = self.id,
                      .life = self.life,
                      .address = self.address,
                      .drawn = {}};
    std::random_device device;
    for (std::size_t i = 0; i < drawn_bytes; ++i) {
        greeting.drawn.push_back(static_cast<std::byte>(device() & 0xFFU));
    }
    return greeting;
}

std::expected<Introduction, std::string> introduce(const PeerIdentity& self,
                                                   const Greeting& heard) {
    if (std::string why = mismatch(self, heard); !why.empty()) {
        return std::unexpected(std::move(why));
    }
    Introduction introduction{.self = greet(self), .proof = {}};
    introduction.proof = prove(self.secret, "dials", heard, introduction.self);
    return introduction;
}

Verdict judge(const PeerIdentity& self, const Greeting& said, const Introduction& heard) {
    if (std::string why = mismatch(self, heard.self); !why.empty()) {
        return {.refusal = std::move(why), .proof = {}};
    }
    if (!same(heard.proof, prove(self.secret, "dials", said, heard.self))) {
        return {.refusal = "the peers' secrets differ", .proof = {}};
    }
    return {.refusal = {}, .proof = prove(self.secret, "dialled", said, heard.self)};
}

std::expected<void, std::string> believe(const PeerIdentity& self, const Greeting& heard,
                                         const Introduction& said, const Verdict& verdict) {
    if (!verdict.refusal.empty()) return std::unexpected("refused there: " + verdict.refusal);
    if (same(verdict.proof, prove(self.secret, "dialled", heard, said.self))) return {};
    return std::unexpected("the peers' secrets differ");
}

}  // namespace decree::net
