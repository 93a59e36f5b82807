# syntax=docker/dockerfile:1
# The one binary, `tenure`, on nothing but the libraries that it was linked with, and a list of authorities.
#
#   docker build -t tenure:0.1.0 .

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY proto proto
COPY shared shared
COPY services services
COPY verify verify
COPY tests tests
COPY benches benches
# The demo has its catalog and its keys inside.
COPY deploy/sample deploy/sample
# The sources of crates and what was built stay for the next time; the binary is taken out.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package tenure && \
    install -D target/release/tenure /image/usr/bin/tenure && \
    ldd /image/usr/bin/tenure | grep -o '/[^ ]*' | xargs -I{} install -D {} /image{} && \
    mkdir -p /image/etc /image/data && \
    install -D /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt && \
    printf 'tenure:x:65532:65532::/data:/sbin/nologin\n' > /image/etc/passwd && \
    printf 'hosts: files dns\n' > /image/etc/nsswitch.conf && \
    chown 65532:65532 /image/data

FROM scratch
COPY --from=build /image /
# Every key at its default; the environment wins over them.
COPY deploy/catalog.toml deploy/order.toml deploy/lifecycle.toml deploy/license-key.toml deploy/audit.toml /etc/tenure/config/
USER 65532:65532
WORKDIR /
EXPOSE 7101 7102 7103 7104 7105 7114
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/tenure"]
CMD ["--help"]
