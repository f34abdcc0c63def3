#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "core/reflect.hpp"
#include "traces/format.hpp"

namespace decree::traces {
namespace {

template <class T>
inline constexpr bool is_strong = false;
template <class Tag, class Rep>
inline constexpr bool is_strong<Strong<Tag, Rep>> = true;
template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;

/// Collects one line for each struct and enumeration, in order of first use.
class Shapes {
public:
    /// How T is written where it is a field's type; its own line is added if it has one.
    template <class T>
    std::string name() {
        if constexpr (std::is_same_v<T, bool>) {
            return "bool";
        } else if constexpr (is_strong<T>) {
            return name<decltype(T::value)>();
        } else if constexpr (std::is_unsigned_v<T>) {
            return "u" + std::to_string(sizeof(T) * 8);
        } else if constexpr (std::is_same_v<T, Value> || std::is_same_v<T, ByteBuffer>) {
            return "bytes";
        } else if constexpr (std::is_same_v<T, std::string>) {
            return "text";
        } else if constexpr (is_list<T>) {
            return "[" + name<typename T::value_type>() + "]";
        } else if constexpr (requires { typename T::mapped_type; }) {
            return "[" + name<typename T::key_type>() + ":" + name<typename T::mapped_type>() + "]";
        } else if constexpr (requires(const T& thing) { thing.has_value(); }) {
            return name<typename T::value_type>() + "?";
        } else if constexpr (requires { std::variant_size<T>::value; }) {
            return alternatives<T>(std::make_index_sequence<std::variant_size_v<T>>{});
        } else {
            define<T>();
            return std::string(reflect::type_name<T>);
        }
    }

    [[nodiscard]] const std::string& text() const { return text_; }

private:
    template <class T>
    void define() {
        const std::string own(reflect::type_name<T>);
        if (std::ranges::find(known_, own) != known_.end()) return;
        known_.push_back(own);
        std::string line = own + '{';
        if constexpr (std::is_enum_v<T>) {
            for (const auto& enumerator : reflect::enumerator_names<T>) {
                line += std::string(enumerator) + ' ';
            }
        } else {
            line += fields<T>(std::make_index_sequence<reflect::field_count<T>>{});
        }
        if (line.back() == ' ') line.pop_back();
        text_ += line + "}\n";
    }

    template <class T, std::size_t... I>
    std::string fields(std::index_sequence<I...>) {
        using Fields = decltype(reflect::fields(std::declval<T&>()));
        std::string line;
        ((line += std::string(reflect::field_name<T, I>) + ':' +
                  name<std::remove_cvref_t<std::tuple_element_t<I, Fields>>>() + ' '),
         ...);
        return line;
    }

    template <class T, std::size_t... I>
    std::string alternatives(std::index_sequence<I...>) {
        std::string line;
        ((line += (I == 0 ? "(" : "|") + name<std::variant_alternative_t<I, T>>()), ...);
        return line + ')';
    }

    std::vector<std::string> known_;
    std::string text_;
};

}  // namespace

const std::string& shape() {
    static const std::string text = [] {
        Shapes shapes;
        std::string roots = "header " + shapes.name<RunHeader>() + "\n";
        roots += "start " + shapes.name<Start>() + "\n";
        roots += "cause " + shapes.name<Cause>() + "\n";
        roots += "note " + shapes.name<Note>() + "\n";
        roots += "violation " + shapes.name<props::Violation>() + "\n";
        roots += "entry " + shapes.name<EntryKind>() + "\n";
        return shapes.text() + roots;
    }();
    return text;
}

}  // namespace decree::traces
