/** A binary PGM (P5): a byte a pixel, row by row, 0 black and 255 white. */
export function encodePGM({ width, height, gray }) {
  if (gray.length !== width * height) {
    throw new RangeError(`expected ${width * height} pixels, got ${gray.length}`);
  }
  const head = new TextEncoder().encode(`P5\n${width} ${height}\n255\n`);
  const file = new Uint8Array(head.length + gray.length);
  file.set(head);
  file.set(gray, head.length);
  return file;
}
