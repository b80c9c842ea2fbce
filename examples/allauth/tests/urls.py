from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("verify_allauth.headless")),
    path("_allauth/", include("allauth.headless.urls")),
    path("welcome/", lambda request: HttpResponse(str(request.user.pk))),
]
