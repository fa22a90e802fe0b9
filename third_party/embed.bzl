"""embed: a file of the tree as bytes inside the binary."""

def embed(name, src, function, visibility = None):
    """Makes a cc_library `name` with header NAME.h that declares `absl::string_view parzen::FUNCTION()`.

    The bytes live for the whole program. Meant for files up to a few megabytes.

    Args:
      name: of the library and its header.
      src: the file.
      function: what the accessor is called.
      visibility: of the library.
    """
    native.genrule(
        name = name + "_code",
        srcs = [src],
        outs = [name + ".h", name + ".cc"],
        cmd = """
printf '#pragma once\\n#include "absl/strings/string_view.h"\\nnamespace parzen {{\\n// The bytes of {src}, embedded at build time.\\nabsl::string_view {function}();\\n}}  // namespace parzen\\n' > $(RULEDIR)/{name}.h
{{ printf '#include "{package}/{name}.h"\\nnamespace parzen {{\\nnamespace {{\\nconstexpr unsigned char kBytes[] = {{'
od -An -v -tu1 $(location {src}) | sed 's/  */,/g; s/^,//; s/$$/,/'
printf '}};\\n}}  // namespace\\nabsl::string_view {function}() {{ return {{reinterpret_cast<const char*>(kBytes), sizeof(kBytes)}}; }}\\n}}  // namespace parzen\\n'; }} > $(RULEDIR)/{name}.cc
""".format(name = name, function = function, package = native.package_name(), src = src),
    )
    native.cc_library(
        name = name,
        srcs = [name + ".cc"],
        hdrs = [name + ".h"],
        visibility = visibility,
        deps = ["@system//:absl"],
    )
