# Nacre: build, test, measure. Each target does its own set-up; `make deps` needs root (apt).

SWIFT ?= swift
PREFIX ?= /usr/local
BUILD := .build
RELEASE := $(BUILD)/release
# The runtime goes into the binary: the process is there at once, and one file is all there is to install.
RELEASE_FLAGS := -c release --static-swift-stdlib -Xswiftc -L$(CURDIR)/$(BUILD)/static
PACKAGES := zlib1g-dev libdeflate-dev libzstd-dev libssl-dev libcurl4-openssl-dev libsqlite3-dev git git-lfs python3-venv openssh-client gnupg nginx-light lighttpd b3sum

.PHONY: all deps build test lint format bench fuzz demo install dist clean

all: build

deps:
	@missing=""; for package in $(PACKAGES); do \
	    dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else \
	    echo "These packages are missing; install them with:"; echo "    sudo apt-get install$$missing"; exit 1; \
	fi

build: deps
	@# The linker takes the first libstdc++ it is shown: the archive, so that the process need not load the shared one.
	@mkdir -p $(BUILD)/static && ln -sf "$$(clang -print-file-name=libstdc++.a)" $(BUILD)/static/libstdc++.so
	$(SWIFT) build $(RELEASE_FLAGS) --product nacre
	$(SWIFT) build $(RELEASE_FLAGS) --product nacre-server

test: deps
	$(SWIFT) build --build-tests
	Documentation/Demo/check.sh
	Tests/Differential/dvc.sh
	Tests/Fuzz/replay.sh
	Tests/Benchmarks/run.sh --small --nacre $(BUILD)/debug/nacre
	Tests/run.sh

lint:
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests
	$(SWIFT) build --build-tests --explicit-target-dependency-import-check error
	Tests/Lint/check.sh

format:
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests

bench: build
	Tests/Benchmarks/run.sh $(BENCH)

fuzz: deps
	Tests/Fuzz/run.sh

demo: build
	PATH="$(CURDIR)/$(RELEASE):$$PATH" Documentation/Demo/demo.sh $(DEMO)

install: build
	install -d $(PREFIX)/bin $(PREFIX)/share/man/man1 $(PREFIX)/share/bash-completion/completions \
	    $(PREFIX)/share/zsh/site-functions $(PREFIX)/share/fish/vendor_completions.d
	install -m 755 $(RELEASE)/nacre $(RELEASE)/nacre-server $(PREFIX)/bin
	$(RELEASE)/nacre help --man $(PREFIX)/share/man/man1
	$(RELEASE)/nacre completion bash > $(PREFIX)/share/bash-completion/completions/nacre
	$(RELEASE)/nacre completion zsh > $(PREFIX)/share/zsh/site-functions/_nacre
	$(RELEASE)/nacre completion fish > $(PREFIX)/share/fish/vendor_completions.d/nacre.fish

# A tarball to be unpacked into a prefix, and a Debian package of the same files: programs, man pages, completions.
DIST := $(BUILD)/dist
ARCH = $(shell uname -m)
VERSION = $(shell $(RELEASE)/nacre --version | cut -d' ' -f3)
NAME = nacre-$(VERSION)-linux-$(ARCH)

dist: build
	rm -rf $(DIST)
	$(MAKE) install PREFIX=$(DIST)/deb/usr
	strip --strip-unneeded $(DIST)/deb/usr/bin/*
	gzip -9n $(DIST)/deb/usr/share/man/man1/*.1
	install -d $(DIST)/deb/usr/share/doc/nacre $(DIST)/deb/DEBIAN
	install -m 644 LICENSE $(DIST)/deb/usr/share/doc/nacre/copyright
	cp -R $(DIST)/deb/usr $(DIST)/$(NAME)
	tar -C $(DIST) --sort=name --owner=0 --group=0 --numeric-owner --mtime=@$$(git log -1 --format=%ct) -cf - $(NAME) \
	    | gzip -9n > $(DIST)/$(NAME).tar.gz
	printf '%s\n' 'Package: nacre' 'Version: $(VERSION)' "Architecture: $$(dpkg --print-architecture)" 'Section: vcs' \
	    'Priority: optional' 'Maintainer: The Nacre authors <nacre@localhost>' \
	    'Depends: libc6 (>= 2.36), libstdc++6, libgcc-s1, libsqlite3-0, zlib1g' \
	    'Recommends: libcurl4, ca-certificates, openssh-client' 'Suggests: bubblewrap, git' \
	    'Description: Git for machine learning' \
	    ' One history for code, data, parameters, metrics and weights; experiments that' \
	    ' can be compared, applied and proved to give the same result again.' > $(DIST)/deb/DEBIAN/control
	dpkg-deb --root-owner-group --build $(DIST)/deb $(DIST)/nacre_$(VERSION)_$$(dpkg --print-architecture).deb
	rm -rf $(DIST)/deb $(DIST)/$(NAME)

clean:
	rm -rf $(BUILD)
