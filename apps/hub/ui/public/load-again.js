// The console is one page and a few files with a digest in their names. Between fetching the page and its files they may
// have been replaced by a newer console: then the page is fetched once more. Where that does not help, it is said
// instead of showing nothing. A file of its own because the content security policy allows no inline script.
(function () {
  var key = 'app-loaded-again';
  var texts = {
    en: 'The console could not be loaded. Reload the page; if that does not help, tell who runs it.',
    es: 'No se pudo cargar la consola. Vuelva a cargar la página; si no ayuda, avise a quien la opera.',
    de: 'Die Konsole konnte nicht geladen werden. Laden Sie die Seite neu; hilft das nicht, sagen Sie es denen, die sie betreiben.',
  };

  /** True the first time within half a minute: reloading for ever would be worse than a message. */
  function mayReload() {
    try {
      var last = Number(sessionStorage.getItem(key));
      sessionStorage.setItem(key, String(Date.now()));
      return Date.now() - last > 30000;
    } catch {
      return false;
    }
  }

  function say() {
    var place = document.getElementById('not-loaded');
    if (place === null) return;
    place.textContent = texts[(navigator.language || 'en').slice(0, 2)] || texts.en;
    place.hidden = false;
  }

  function lost() {
    if (mayReload()) location.reload();
    else say();
  }

  addEventListener(
    'error',
    function (event) {
      var tag = event.target && event.target.tagName;
      var isOurs = tag === 'SCRIPT' || (tag === 'LINK' && event.target.rel === 'stylesheet');
      if (!isOurs) return;
      if (document.readyState === 'loading') addEventListener('DOMContentLoaded', lost);
      else lost();
    },
    true,
  );
  // A page of the console that is only fetched when it is opened.
  addEventListener('vite:preloadError', function (event) {
    if (!mayReload()) return;
    event.preventDefault();
    location.reload();
  });
})();
