# Installs to GL_PREFIX, and takes away what an earlier build had put there and this one does not.
set -eu
mkdir -p "$GL_PREFIX"
cmake --install "$GL_BUILD"
new=$GL_BUILD/install_manifest.txt
old=$GL_BUILD/launcher/manifest
if [ -r "$old" ]; then
  grep -vxFf "$new" "$old" | while IFS= read -r file; do
    case $file in "$GL_PREFIX"/*) rm -f "$file" && echo "gone: $file" ;; esac
  done
fi
cp "$new" "$old.new"
mv -f "$old.new" "$old"
