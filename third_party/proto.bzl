"""proto_cc_library: C++ (and gRPC) code from .proto files with the system's protoc, and their descriptors with comments."""

def proto_cc_library(name, srcs, services = [], imports = [], visibility = None):
    """Compiles `srcs`, files of this package, to one cc_library; a service in them pulls in gRPC, nothing else does.

    Also makes NAME_descriptors, a FileDescriptorSet with comments, which is what `parzen model show` prints from.

    Args:
      name: of the cc_library.
      srcs: .proto files; imports are written from the workspace's root ("proto/train.proto").
      services: those of srcs that define gRPC services.
      imports: other proto_cc_library targets whose files are imported.
      visibility: of all targets; the package's default when None.
    """
    package = native.package_name()
    stems = [src[:-len(".proto")] for src in srcs]
    service_stems = [src[:-len(".proto")] for src in services]
    paths = " ".join([package + "/" + src for src in srcs])
    inputs = srcs + [target + "_sources" for target in imports]
    command = "protoc -I. --cpp_out=$(GENDIR) " + paths
    if services:
        command += " && protoc -I. --grpc_out=$(GENDIR) --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin " + \
                   " ".join([package + "/" + src for src in services])
    native.filegroup(
        name = name + "_sources",
        srcs = inputs,
        visibility = visibility,
    )
    native.genrule(
        name = name + "_code",
        srcs = inputs,
        outs = [stem + ".pb.h" for stem in stems] + [stem + ".pb.cc" for stem in stems] +
               [stem + ".grpc.pb.h" for stem in service_stems] + [stem + ".grpc.pb.cc" for stem in service_stems],
        cmd = command,
    )
    native.genrule(
        name = name + "_descriptors",
        srcs = inputs,
        outs = [name + "_descriptors.bin"],
        cmd = "protoc -I. --include_imports --include_source_info --descriptor_set_out=$@ " + paths,
        visibility = visibility,
    )
    native.cc_library(
        name = name,
        srcs = [stem + ".pb.cc" for stem in stems] + [stem + ".grpc.pb.cc" for stem in service_stems],
        hdrs = [stem + ".pb.h" for stem in stems] + [stem + ".grpc.pb.h" for stem in service_stems],
        copts = ["-w"],  # generated code is not ours to mend
        visibility = visibility,
        deps = imports + ["@system//:grpcpp" if services else "@system//:protobuf"],
    )
