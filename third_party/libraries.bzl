"""The libraries' headers that many files read: those below third_party/precompiled.h, see precompiled_header.bzl.

A header stays out where its inline functions instantiate templates anew in each file that gets it, compiled form or not:
nlohmann/json.hpp takes half a second of each, CLI/CLI.hpp five.
"""

LIBRARIES = [
    "<algorithm>",
    "<cmath>",
    "<deque>",
    "<filesystem>",
    "<fstream>",
    "<functional>",
    "<map>",
    "<memory>",
    "<optional>",
    "<set>",
    "<string>",
    "<variant>",
    "<vector>",
    "<Eigen/Core>",
    "<grpcpp/grpcpp.h>",
    "\"absl/container/flat_hash_map.h\"",
    "\"absl/status/statusor.h\"",
    "\"absl/strings/str_cat.h\"",
    "\"absl/strings/str_format.h\"",
    "\"absl/strings/str_join.h\"",
    "\"absl/strings/str_split.h\"",
    "\"absl/synchronization/mutex.h\"",
    "\"absl/time/time.h\"",
    "\"google/protobuf/generated_message_reflection.h\"",
    "\"google/protobuf/map.h\"",
    "\"google/protobuf/map_entry.h\"",
    "\"google/protobuf/map_field_inl.h\"",
    "\"google/protobuf/message.h\"",
    "\"google/protobuf/text_format.h\"",
    "\"google/protobuf/unknown_field_set.h\"",
]

# What studies/ and what builds on it read besides.
STUDY_MESSAGES = ["\"proto/query.pb.h\"", "\"proto/study.pb.h\""]
