// Runs before the first paint so that a dark page never flashes white. A file of its own because the content
// security policy allows no inline script. src/preferences.ts takes over once the console has started.
(function () {
  var theme = null;
  try {
    theme = localStorage.getItem('pf-theme');
  } catch {
    theme = null;
  }
  var dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('pf-v6-theme-dark', dark);
})();
