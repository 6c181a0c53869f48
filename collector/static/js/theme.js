// Runs before the page is drawn, so that a chosen theme never flashes. Not a module for that reason.

(() => {
  let theme = null;
  try {
    theme = localStorage.getItem("csf.theme");
  } catch {
    // Storage is closed to us: follow the system.
  }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
