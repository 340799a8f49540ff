/**
 * Shortcuts: with Ctrl or Cmd everywhere, single keys only while the sheet has the focus, where
 * nobody types or dictates. `actions` are functions by name.
 */
export function listenToShortcuts(sheet, actions) {
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input:not([type=range]), textarea, dialog");
    if (isTyping || event.altKey) return;
    const action = event.ctrlKey || event.metaKey
      ? withControl(event)
      : event.target === sheet ? single(event.key) : null;
    if (!action) return;
    event.preventDefault();
    actions[action]();
  });
}

function withControl({ key, shiftKey }) {
  switch (key.toLowerCase()) {
    case "z": return shiftKey ? "redo" : "undo";
    case "y": return "redo";
    case "s": return "save";
    case "o": return "open";
    default: return null;
  }
}

function single(key) {
  switch (key) {
    case "Delete": case "Backspace": return "clear";
    case "[": return "thinner";
    case "]": return "thicker";
    case "?": return "help";
    default: return null;
  }
}
