"""A header that GCC reads in compiled form: reading the libraries' headers takes most of a small file's time.

precompiled_header(name = "x", headers = ["<string>", "\\"absl/strings/str_cat.h\\""], copts = [...], deps = [...])

makes x.h, which includes those, and x.h.gch beside it. A file gets it when it is compiled with -include PACKAGE/x.h (see
.bazelrc) and depends on :x; it still includes what it uses, and is the same without. GCC takes the compiled form only for
the flags that it was made with, so `copts` are those that .bazelrc gives such files beyond everybody's; `deps` have those
of the headers that are not the system's.

Bazel builds a file anew when a header changes that the compiler said it had read. With -fpch-deps (.bazelrc) that counts
those below the compiled form, for which it must have been made with -MD; the compiler dies of it otherwise.
"""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def _precompiled_header_impl(ctx):
    header = ctx.actions.declare_file(ctx.label.name + ".h")
    compiled = ctx.actions.declare_file(ctx.label.name + ".h.gch")
    ctx.actions.write(header, "".join(["#include %s\n" % name for name in ctx.attr.headers]))

    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(ctx = ctx, cc_toolchain = toolchain)
    needed = cc_common.merge_cc_infos(cc_infos = [
        CcInfo(compilation_context = dep[CcInfo].compilation_context)
        for dep in ctx.attr.deps
    ])
    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        source_file = header.path,
        output_file = compiled.path,
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts + ctx.attr.copts +
                             ["-x", "c++-header", "-MD", "-MF", "/dev/null"],
        quote_include_directories = depset([".", ctx.bin_dir.path]),
        use_pic = True,  # .bazelrc's force_pic
    )
    ctx.actions.run(
        executable = cc_common.get_tool_for_action(feature_configuration = features, action_name = ACTION_NAMES.cpp_compile),
        arguments = cc_common.get_memory_inefficient_command_line(
            feature_configuration = features,
            action_name = ACTION_NAMES.cpp_compile,
            variables = variables,
        ),
        env = cc_common.get_environment_variables(
            feature_configuration = features,
            action_name = ACTION_NAMES.cpp_compile,
            variables = variables,
        ),
        inputs = depset([header], transitive = [toolchain.all_files, needed.compilation_context.headers]),
        outputs = [compiled],
        mnemonic = "PrecompileHeader",
    )
    made = CcInfo(compilation_context = cc_common.create_compilation_context(headers = depset([header, compiled])))
    return [
        DefaultInfo(files = depset([header, compiled])),
        cc_common.merge_cc_infos(direct_cc_infos = [made], cc_infos = [needed]),
    ]

precompiled_header = rule(
    implementation = _precompiled_header_impl,
    attrs = {
        "copts": attr.string_list(),
        "deps": attr.label_list(providers = [CcInfo]),
        "headers": attr.string_list(mandatory = True),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
