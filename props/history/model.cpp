#include "props/history/model.hpp"

namespace decree::history {

namespace {

// `after`, unless the client was told otherwise.
std::optional<State> unless_told_otherwise(State after, const Response& response) {
    if (response.told && *response.told != after) return std::nullopt;
    return after;
}

class CasRegister final : public Model {
public:
    [[nodiscard]] std::string_view name() const override { return "cas-register"; }
    [[nodiscard]] bool has(Function function) const override {
        return function == Function::Read || function == Function::Write ||
               function == Function::Cas;
    }
    [[nodiscard]] std::optional<State> apply(const State& state, const Operation& operation,
                                             const Response& response) const override {
        if (operation.function == Function::Read) return unless_told_otherwise(state, response);
        if (operation.function == Function::Write) return operation.value;
        const bool matches = state == operation.expected;
        if (response.status == Status::Ok && !matches) return std::nullopt;
        if (response.status == Status::Failed && matches) return std::nullopt;
        return matches ? operation.value : state;
    }
    [[nodiscard]] bool only_observes(const Operation& operation,
                                     const Response& response) const override {
        if (operation.function == Function::Cas) {
            return response.status == Status::Failed || operation.expected == operation.value;
        }
        return operation.function == Function::Read;
    }
    [[nodiscard]] bool overwrites(const Operation& operation) const override {
        return operation.function == Function::Write;
    }
    [[nodiscard]] const State* makes(const Operation& operation) const override {
        return &operation.value;
    }
    [[nodiscard]] bool leads_to(const State&, const State&) const override { return true; }
};

class Kv final : public Model {
public:
    [[nodiscard]] std::string_view name() const override { return "kv"; }
    [[nodiscard]] bool has(Function function) const override {
        return function == Function::Get || function == Function::Put ||
               function == Function::Append;
    }
    [[nodiscard]] std::optional<State> apply(const State& state, const Operation& operation,
                                             const Response& response) const override {
        if (operation.function == Function::Get) return unless_told_otherwise(state, response);
        if (operation.function == Function::Put) {
            return unless_told_otherwise(operation.value, response);
        }
        return unless_told_otherwise(state + operation.value, response);
    }
    [[nodiscard]] bool only_observes(const Operation& operation, const Response&) const override {
        return operation.function == Function::Get ||
               (operation.function == Function::Append && operation.value.empty());
    }
    [[nodiscard]] bool overwrites(const Operation& operation) const override {
        return operation.function == Function::Put;
    }
    [[nodiscard]] const State* makes(const Operation& operation) const override {
        return overwrites(operation) ? &operation.value : nullptr;
    }
    // What is appended stays in front of what is appended later.
    [[nodiscard]] bool leads_to(const State& state, const State& later) const override {
        return later.starts_with(state);
    }
};

}  // namespace

bool Model::says_nothing(const Operation& operation, const Response& response) const {
    if (response.status == Status::Failed) return operation.function != Function::Cas;
    const bool told = response.status == Status::Ok &&
                      (operation.function == Function::Cas || response.told.has_value());
    return !told && only_observes(operation, response);
}

const Model& cas_register() {
    static const CasRegister model;
    return model;
}

const Model& kv() {
    static const Kv model;
    return model;
}

const Model* find_model(std::string_view name) {
    for (const Model* model : {&cas_register(), &kv()}) {
        if (model->name() == name) return model;
    }
    return nullptr;
}

}  // namespace decree::history
