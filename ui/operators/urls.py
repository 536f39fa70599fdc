from django.urls import path

from ui.operators import views

app_name = "operators"

urlpatterns = [
    path("", views.overview, name="overview"),
    path("banner/", views.banner_part, name="banner"),
    path("switches/", views.turn, name="switch"),
    path("rows/<str:table>/<int:pk>/<str:order>/", views.settle, name="settle"),
]
