"""Where the API is. Its calls are known only once their module is loaded."""

from ui.api import calls, door, redactions

__all__ = ["calls", "redactions", "urlpatterns"]

app_name = "api"
urlpatterns = door.urls()
