// Pictures from files, the clipboard, other windows and cameras.

const sideMax = 2048;

/** Tells each picture to `show(item)` and what cannot be shown to `refuse(words)`. */
export function acceptPictures({ show, refuse }) {
  const byId = (id) => document.getElementById(id);
  const take = async (file) => {
    try {
      show(await readPicture(file));
    } catch {
      refuse(`${file.name || "This"} is not a picture that this browser can read.`);
    }
  };
  for (const [button, input] of [["open", "file"], ["photograph", "camera"]]) {
    byId(button).addEventListener("click", () => byId(input).click());
    byId(input).addEventListener("change", (event) => {
      const [file] = event.target.files;
      if (file) take(file);
      event.target.value = "";
    });
  }
  document.addEventListener("paste", (event) => {
    const file = [...event.clipboardData.files].find(({ type }) => type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    take(file);
  });
  acceptDrops(byId("sheet"), take);
}

/** Anywhere on the page: a picture dropped beside the sheet is meant for it, too. */
function acceptDrops(sheet, take) {
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    sheet.classList.add("receiving");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) sheet.classList.remove("receiving");
  });
  document.addEventListener("drop", (event) => {
    sheet.classList.remove("receiving");
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });
}

/** An item for the drawing: upright, on white where it is transparent, and of bounded size. */
async function readPicture(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, sideMax / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return { kind: "picture", image: canvas, width: canvas.width, height: canvas.height };
}
