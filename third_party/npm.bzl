"""npm_modules: the packages of a lock file, as they are installed from the npm registry."""

def _npm_modules_impl(ctx):
    # Both files are watched: the packages are installed again when they change.
    for file in [ctx.attr.package, ctx.attr.lock]:
        ctx.symlink(file, file.name)

    # Actions see a few folders of programs only; node may be elsewhere.
    node = ctx.which("node")
    if node == None or ctx.which("npm") == None:
        fail("there is no node or no npm, which build the report page; ./setup installs them")
    ctx.symlink(node, "node")

    # No script of a package runs. The registry is whichever the machine's npm is set to.
    result = ctx.execute(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        timeout = 600,
    )
    if result.return_code != 0:
        fail("npm could not install what web/package-lock.json names (./setup installs npm; it needs its registry):\n" +
             result.stderr[-2000:])
    ctx.file("BUILD", """filegroup(
    name = "modules",
    srcs = glob(["node_modules/**"], exclude = ["**/* *"]),
    visibility = ["//visibility:public"],
)
exports_files(["node", "package.json"])
""")

npm_modules = repository_rule(
    implementation = _npm_modules_impl,
    attrs = {
        "package": attr.label(mandatory = True, allow_single_file = True),
        "lock": attr.label(mandatory = True, allow_single_file = True),
    },
)
